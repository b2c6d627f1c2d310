"""Alias of ``flask.blueprints`` for extensions that import it from here."""

from flask.blueprints import Blueprint as Blueprint
from flask.blueprints import BlueprintSetupState as BlueprintSetupState
from flask.blueprints import DeferredSetupFunction as DeferredSetupFunction
