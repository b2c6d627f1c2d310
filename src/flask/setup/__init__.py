"""What happens before the first request: registration writes tables, nothing is served."""
