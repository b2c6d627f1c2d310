"""Where do extensions find the classes without I/O? Aliases: ours are in ``setup``."""
