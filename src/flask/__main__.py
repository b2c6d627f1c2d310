"""What does ``python -m flask`` do? The same as the ``flask`` program."""

from flask.cli import main

if __name__ == "__main__":
    main()
