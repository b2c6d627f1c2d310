"""Alias of ``flask.setup.scaffold`` and ``packages`` for extensions that import it from here."""

from typing import TYPE_CHECKING

from flask.lazy import former_names_of
from flask.setup.packages import _find_package_path as _find_package_path
from flask.setup.packages import find_package as find_package
from flask.setup.scaffold import Scaffold as Scaffold
from flask.setup.scaffold import _endpoint_from_view_func as _endpoint_from_view_func
from flask.setup.scaffold import _sentinel as _sentinel
from flask.setup.scaffold import setupmethod as setupmethod

if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
