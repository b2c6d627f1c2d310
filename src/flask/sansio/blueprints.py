"""Alias of ``flask.blueprints`` for extensions that import it from here."""

from typing import TYPE_CHECKING

from flask.blueprints import Blueprint as Blueprint
from flask.blueprints import BlueprintSetupState as BlueprintSetupState
from flask.blueprints import DeferredSetupFunction as DeferredSetupFunction
from flask.lazy import former_names_of

if not TYPE_CHECKING:
    __getattr__ = former_names_of(__name__)
