"""How does an ASGI server call the application? ``adapter`` is the door, the rest is behind it."""
