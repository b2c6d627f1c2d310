"""What happens during a request: one path, in ``serving``, and the steps it calls."""
