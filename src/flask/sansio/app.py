"""Alias of ``flask.setup.app`` for extensions that import it from here."""

from typing import TYPE_CHECKING

from flask.lazy import former_names_of
from flask.setup.app import App as App
from flask.setup.app import _make_timedelta as _make_timedelta

if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
