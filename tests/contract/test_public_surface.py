"""Has our package every public name of Flask 3.1.3, with the same parameters and defaults?

``upstream.json`` is what genuine Flask offers, made by ``surface.py``. Where we differ, the
difference and its reason are listed here.
"""

import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest
from tests.contract.surface import (
    MODULES,
    UPSTREAM,
    Description,
    describe,
    describe_module,
    inherited_names,
)

EXPECTED: dict[str, Description] = json.loads(UPSTREAM.read_text())

MISSING = object()

ON_FIRST_TOUCH = "an instance attribute upstream; ours is made on first touch"
DEFAULTED = "an instance attribute upstream; ours is set where it differs from the usual value"
SERVES = "App is the storey of setup; what serves requests is the storey above, which Flask has"
ONE_BLUEPRINT = "sansio.blueprints hands on our one Blueprint class"
STEP = "a function that another of our rooms calls, which has no word of its own upstream"
ISSUE = "the first issue asks for it; Flask 2 had it"
ASYNC = "the same application serves ASGI"

ALLOWED = {
    "flask.app.Flask.before_serving: is not upstream": ASYNC,
    "flask.app.Flask.after_serving: is not upstream": ASYNC,
    "flask.app.Flask.while_serving: is not upstream": ASYNC,
    "flask.app.Flask.serving: is not upstream": ASYNC,
    "flask.app.Flask.add_background_task: is not upstream": ASYNC,
    "flask.blueprints.Blueprint.before_app_serving: is not upstream": ASYNC,
    "flask.blueprints.Blueprint.after_app_serving: is not upstream": ASYNC,
    "flask.blueprints.Blueprint.while_app_serving: is not upstream": ASYNC,
    "flask.sansio.app.App.before_serving: is not upstream": ASYNC,
    "flask.sansio.app.App.after_serving: is not upstream": ASYNC,
    "flask.sansio.app.App.while_serving: is not upstream": ASYNC,
    "flask.sansio.blueprints.Blueprint.before_app_serving: is not upstream": ASYNC,
    "flask.sansio.blueprints.Blueprint.after_app_serving: is not upstream": ASYNC,
    "flask.sansio.blueprints.Blueprint.while_app_serving: is not upstream": ASYNC,
    "flask.app.ASGIEntry: is not upstream": ASYNC,
    "flask.app.Flask.__call__: other parameters": ASYNC,
    "flask.app.Flask.asgi_app: is not upstream": ASYNC,
    "flask.app.Flask.async_test_client: is not upstream": ASYNC,
    "flask.app.Flask.async_test_client_class: is not upstream": ASYNC,
    "flask.app.Flask.cli: is not upstream": ON_FIRST_TOUCH,
    "flask.app.Flask.got_first_request: is not upstream": ISSUE,
    "flask.testing.FlaskClient.websocket: is not upstream": ASYNC,
    "flask.blueprints.Blueprint.cli: is not upstream": ON_FIRST_TOUCH,
    "flask.blueprints.BlueprintSetupState: is not upstream": "upstream's is in sansio.blueprints",
    "flask.ctx.RequestContext.flashes: is not upstream": ON_FIRST_TOUCH,
    "flask.ctx.RequestContext.url_adapter: is not upstream": ON_FIRST_TOUCH,
    "flask.debughelpers.show_missing_key: is not upstream": STEP,
    "flask.globals.active_app: is not upstream": STEP,
    "flask.globals.active_app_context: is not upstream": STEP,
    "flask.globals.active_request_context: is not upstream": STEP,
    "flask.globals.with_active: is not upstream": STEP,
    "flask.sansio.app.App.default_config: is not upstream": "upstream's is on Flask",
    "flask.sansio.app.App.got_first_request: is not upstream": ISSUE,
    "flask.sansio.app.App.handle_url_build_error: is missing": SERVES,
    "flask.sansio.app.App.inject_url_defaults: is missing": SERVES,
    "flask.sansio.app.App.redirect: is missing": SERVES,
    "flask.sansio.app.App.should_ignore_error: is missing": SERVES,
    "flask.sansio.app.App.trap_http_exception: is missing": SERVES,
    "flask.sansio.blueprints.Blueprint.cli: is not upstream": ONE_BLUEPRINT,
    "flask.sansio.blueprints.Blueprint.get_send_file_max_age: is not upstream": ONE_BLUEPRINT,
    "flask.sansio.blueprints.Blueprint.open_resource: is not upstream": ONE_BLUEPRINT,
    "flask.sansio.blueprints.Blueprint.send_static_file: is not upstream": ONE_BLUEPRINT,
    "flask.sessions.opens_late: is not upstream": STEP,
    "flask.wrappers.Request.headers: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.path: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.query_string: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.remote_addr: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.root_path: is not upstream": DEFAULTED,
    "flask.wrappers.Request.scheme: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.server: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Response.headers: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Response.direct_passthrough: is not upstream": ON_FIRST_TOUCH,
    "flask.wrappers.Request.shallow: is not upstream": DEFAULTED,
}

_HOOKS = ("after_websocket", "before_websocket", "teardown_websocket")
_OF_SCAFFOLD = ("add_websocket", "websocket", *_HOOKS, *(f"{hook}_funcs" for hook in _HOOKS))
_OF_BLUEPRINT = (
    *_OF_SCAFFOLD,
    *("after_app_websocket", "before_app_websocket", "teardown_app_websocket"),
)
WEBSOCKETS: dict[str, tuple[str, ...]] = {
    "flask": (
        "WebsocketDisconnected",
        "copy_current_websocket_context",
        "has_websocket_context",
        "websocket",
    ),
    "flask.globals": ("websocket",),
    "flask.app.Flask": (
        *_OF_SCAFFOLD,
        "check_websocket_origin",
        "dispatch_websocket",
        "do_teardown_websocket",
        "finalize_websocket",
        "full_dispatch_websocket",
        "handle_websocket",
        "handle_websocket_exception",
        "preprocess_websocket",
        "process_websocket",
        "websocket_class",
        "websocket_context",
        "websocket_functions",
    ),
    "flask.blueprints.Blueprint": _OF_BLUEPRINT,
    "flask.sansio.app.App": _OF_SCAFFOLD,
    "flask.sansio.blueprints.Blueprint": _OF_BLUEPRINT,
    "flask.sansio.blueprints.BlueprintSetupState": ("add_websocket",),
    "flask.sansio.scaffold.Scaffold": _OF_SCAFFOLD,
}
ALLOWED.update(
    {
        f"{owner}.{name}: is not upstream": ASYNC
        for owner in WEBSOCKETS
        for name in WEBSOCKETS[owner]
    }
)

LESS_OBVIOUS = [  # not public by their names, or handed on, and yet extensions import them
    "flask.app.Environment",
    "flask.config.ConfigAttribute",
    "flask.ctx._AppCtxGlobals",
    "flask.globals._cv_app",
    "flask.globals._cv_request",
    "flask.json.provider._default",
    "flask.sansio.app.App",
    "flask.sansio.blueprints.BlueprintSetupState",
    "flask.sansio.scaffold._endpoint_from_view_func",
    "flask.sansio.scaffold.setupmethod",
    "flask.signals.Namespace",
    "flask.testing.EnvironBuilder",
    "flask.typing.HeadersValue",
    "flask.typing.ResponseReturnValue",
    "flask.typing.ResponseValue",
    "flask.typing.RouteCallable",
    "flask.views.http_method_funcs",
]


def differences(module: str) -> Iterator[str]:
    """Tell, one line each, where a module of ours differs from upstream's."""
    ours = import_module(module)
    for name, expected in EXPECTED[module].items():
        thing = getattr(ours, name, MISSING)
        actual = None if thing is MISSING else describe(thing)
        yield from differences_of(f"{module}.{name}", expected, actual)
        if inspect.isclass(thing) and "members" in expected:
            known = {*expected["members"], *inherited_names(thing)}
            for member in describe(thing)["members"]:
                if member not in known:
                    yield f"{module}.{name}.{member}: is not upstream"
    for name, described in describe_module(module).items():
        if name not in EXPECTED[module] and described["kind"] != "data":
            yield f"{module}.{name}: is not upstream"


def differences_of(name: str, expected: Description, actual: Description | None) -> Iterator[str]:
    """Tell what upstream's description of a name has that ours lacks."""
    if actual is None:
        yield f"{name}: is missing"
        return
    if expected["kind"] != actual["kind"]:
        yield f"{name}: is a {actual['kind']}, not a {expected['kind']}"
    for aspect in ("parameters", "value", "options"):
        if aspect in expected and aspect in actual and expected[aspect] != actual[aspect]:
            yield f"{name}: other {aspect}"
    for member, description in expected.get("members", {}).items():
        yield from differences_of(f"{name}.{member}", description, actual["members"].get(member))


@pytest.mark.parametrize("module", MODULES)
def test_module_offers_what_upstream_offers(module: str) -> None:
    """A module differs from Flask's only where a reason is listed."""
    assert [line for line in differences(module) if line not in ALLOWED] == []


def test_allowed_differences_exist() -> None:
    """The list holds no difference that is gone."""
    found = {line for module in MODULES for line in differences(module)}

    assert [line for line in ALLOWED if line not in found] == []


@pytest.mark.parametrize("name", LESS_OBVIOUS)
def test_less_obvious_names_exist(name: str) -> None:
    """Names that extensions are known to import exist."""
    module, _, last = name.rpartition(".")

    assert hasattr(import_module(module), last)


def test_submodules_need_no_import_of_their_own() -> None:
    """After ``import flask`` alone every public module is an attribute of the package."""
    program = "import flask\n" + "\n".join(f"assert {module}, {module!r}" for module in MODULES)
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert finished.stderr == ""
