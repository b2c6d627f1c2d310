"""Dewar: the Flask 3.1 API, written anew. The names that applications import.

Heavy modules are imported on first use: ``flask.cli`` (Click) and what needs Jinja.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import app as app
from flask import blueprints as blueprints
from flask import config as config
from flask import ctx as ctx
from flask import globals as globals
from flask import helpers as helpers
from flask import json as json
from flask import logging as logging
from flask import sessions as sessions
from flask import signals as signals
from flask import templating as templating
from flask import wrappers as wrappers
from flask.app import Flask
from flask.blueprints import Blueprint
from flask.config import Config
from flask.ctx import (
    after_this_request,
    copy_current_request_context,
    has_app_context,
    has_request_context,
)
from flask.globals import current_app, g, request, session, websocket
from flask.helpers import (
    abort,
    flash,
    get_flashed_messages,
    get_template_attribute,
    make_response,
    redirect,
    send_file,
    send_from_directory,
    stream_with_context,
    url_for,
)
from flask.json import jsonify
from flask.lifecycle.websockets import (
    WebsocketDisconnected,
    copy_current_websocket_context,
    has_websocket_context,
)
from flask.signals import (
    appcontext_popped,
    appcontext_pushed,
    appcontext_tearing_down,
    before_render_template,
    got_request_exception,
    message_flashed,
    request_finished,
    request_started,
    request_tearing_down,
    template_rendered,
)
from flask.templating import (
    render_template,
    render_template_string,
    stream_template,
    stream_template_string,
)
from flask.wrappers import Request, Response

if TYPE_CHECKING:
    from flask import cli as cli
    from flask import sansio as sansio
    from flask import typing as typing
    from flask import views as views
    from flask.asgi.events import ServerSentEvent as ServerSentEvent
    from flask.asgi.events import sse as sse

    __version__: str  # deprecated: importlib.metadata.version("flask")

__all__ = [
    "Blueprint",
    "Config",
    "Flask",
    "Request",
    "Response",
    "ServerSentEvent",
    "WebsocketDisconnected",
    "abort",
    "after_this_request",
    "app",
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "before_render_template",
    "blueprints",
    "cli",
    "config",
    "copy_current_request_context",
    "copy_current_websocket_context",
    "ctx",
    "current_app",
    "flash",
    "g",
    "get_flashed_messages",
    "get_template_attribute",
    "globals",
    "got_request_exception",
    "has_app_context",
    "has_request_context",
    "has_websocket_context",
    "helpers",
    "json",
    "jsonify",
    "logging",
    "make_response",
    "message_flashed",
    "redirect",
    "render_template",
    "render_template_string",
    "request",
    "request_finished",
    "request_started",
    "request_tearing_down",
    "sansio",
    "send_file",
    "send_from_directory",
    "session",
    "sessions",
    "signals",
    "sse",
    "stream_template",
    "stream_template_string",
    "stream_with_context",
    "template_rendered",
    "templating",
    "typing",
    "url_for",
    "websocket",
    "wrappers",
]

_ASYNC = {"ServerSentEvent": "flask.asgi.events", "sse": "flask.asgi.events"}
_MODULES = frozenset(("cli", "sansio", "testing", "typing", "views"))


if not TYPE_CHECKING:  # a type checker would take any misspelt name for one of these

    def __getattr__(name: str) -> Any:
        if name in _MODULES:
            return import_module(f"flask.{name}")
        if name in _ASYNC:
            return getattr(import_module(_ASYNC[name]), name)
        from flask.formernames import find_former_name  # noqa: PLC0415 - only old code pays

        return find_former_name(__name__, name)
