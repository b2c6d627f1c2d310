"""Alias of ``flask.setup.app`` for extensions that import it from here."""

from flask.setup.app import App as App
from flask.setup.app import _make_timedelta as _make_timedelta
