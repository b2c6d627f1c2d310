"""Is output coloured? On a terminal, unless the environment says otherwise.

Click leaves colours out where there is no terminal, but knows neither ``NO_COLOR``
(no-color.org) nor ``FORCE_COLOR``; Werkzeug's server colours its log everywhere.
"""

from __future__ import annotations

import logging
import os
import re
import sys

_STYLES = re.compile("\x1b\\[[0-9;]*m")


def wanted_colors() -> bool | None:
    """Tell what the environment says of colours; None leaves it to the stream."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def color_server_log_on_terminals_only() -> None:
    """Take the colours out of the development server's log where they are not wanted."""
    wanted = wanted_colors()
    if wanted is None:
        wanted = sys.stderr is not None and sys.stderr.isatty()
    log = logging.getLogger("werkzeug")
    log.removeFilter(_remove_styles)
    if not wanted:
        log.addFilter(_remove_styles)


def _remove_styles(record: logging.LogRecord) -> bool:
    record.msg = _without_styles(record.msg)
    if isinstance(record.args, tuple):
        record.args = tuple(_without_styles(arg) for arg in record.args)
    return True


def _without_styles(value: object) -> object:
    return _STYLES.sub("", value) if isinstance(value, str) else value
