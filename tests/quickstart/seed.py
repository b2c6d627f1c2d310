"""What does the quickstart seed say? Its fenced blocks, numbered from 1."""

from __future__ import annotations

import re
from pathlib import Path

FENCED = re.compile(r"^```[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)

COPY = Path(__file__).with_name("blocks.txt")

BLOCKS = FENCED.findall(COPY.read_bytes().decode())

MINIMAL = "from flask import Flask\napp = Flask(__name__)\n"
"""What most snippets expect to stand before them."""


def block(number: int) -> str:
    """Return a block as it stands in the seed."""
    return BLOCKS[number - 1]


def commands(number: int) -> str:
    """Return the lines of a block that follow a prompt, without it, as a shell script."""
    return "\n".join(line[2:] for line in block(number).splitlines() if line.startswith("$ "))
