from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    Forbidden,
    Gone,
    HTTPException,
    InternalServerError,
    MethodNotAllowed,
    NotFound,
)

from flask import Blueprint, Flask, Response, abort, got_request_exception, request
from flask.config import Config
from flask.lifecycle.errors import find_handler, is_trapped
from flask.setup.hooks import new_error_handlers
from flask.testing import FlaskClient


class Trouble(Exception):
    pass


class DeepTrouble(Trouble):
    pass


def failing(app: Flask, error: BaseException | type[BaseException], path: str = "/") -> None:
    def view() -> str:
        raise error

    app.add_url_rule(path, f"fail_{path}", view)


class TestFindHandler:
    def found(self, error: Exception, *blueprints: str, **specs: Any) -> Any:
        table = new_error_handlers()
        for scope, handlers in specs.items():
            for key, handler in handlers:
                code = key.code if issubclass(key, HTTPException) else None
                table[None if scope == "app" else scope][code][key] = handler
        return find_handler(table, error, blueprints)

    def test_nearest_class_wins(self) -> None:
        """Of two classes in an error's ancestry the nearer one answers, however registered."""
        app = [(Exception, "any"), (Trouble, "trouble")]

        assert self.found(DeepTrouble(), app=app) == "trouble"
        assert self.found(KeyError(), app=app) == "any"

    def test_inner_blueprint_wins(self) -> None:
        """A handler of the inner blueprint goes before the outer one's and the app's."""
        specs = {
            "app": [(Trouble, "app")],
            "a": [(Trouble, "outer")],
            "b": [(Trouble, "inner")],
        }

        assert self.found(Trouble(), "b", "a", **specs) == "inner"
        assert self.found(Trouble(), "c", "a", **specs) == "outer"
        assert self.found(Trouble(), **specs) == "app"

    def test_broad_handler_of_blueprint_goes_before_exact_one_of_app(self) -> None:
        """The scope weighs more than how near the class is."""
        specs = {"app": [(DeepTrouble, "exact")], "a": [(Exception, "broad")]}

        assert self.found(DeepTrouble(), "a", **specs) == "broad"

    def test_status_goes_before_class_in_every_scope(self) -> None:
        """A handler for the status in the app goes before one for a class in the blueprint."""
        specs = {"app": [(NotFound, "status")], "a": [(HTTPException, "class")]}

        assert self.found(NotFound(), "a", **specs) == "status"
        assert self.found(Forbidden(), "a", **specs) == "class"

    @pytest.mark.parametrize(
        ("cls", "code", "expected"),
        [(NotFound, 410, "404"), (Gone, 404, "410"), (HTTPException, 404, "any")],
    )
    def test_status_is_the_one_of_the_class(
        self, cls: type[HTTPException], code: int, expected: str
    ) -> None:
        """An error that was given another status is found where its class was registered."""
        app = [(NotFound, "404"), (Gone, "410"), (HTTPException, "any")]
        error = cls()
        error.code = code

        assert self.found(error, app=app) == expected
        assert self.found(error, "a", app=app) == expected

    def test_nothing_found(self) -> None:
        """Without a handler that fits there is none."""
        assert self.found(KeyError(), "a", app=[(Trouble, "x")]) is None

    def test_table_is_not_changed(self) -> None:
        """Looking a handler up adds nothing to the table."""
        table = new_error_handlers()

        find_handler(table, NotFound(), ["a"])

        assert dict(table) == {}


@pytest.mark.parametrize(
    ("settings", "error", "expected"),
    [
        ({}, BadRequest(), False),
        ({}, KeyError(), False),
        ({"TRAP_HTTP_EXCEPTIONS": True}, NotFound(), True),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, BadRequest(), True),
        ({"TRAP_BAD_REQUEST_ERRORS": True}, NotFound(), False),
        ({"DEBUG": True}, BadRequestKeyError("a"), True),
        ({"DEBUG": True}, BadRequest(), False),
        ({"DEBUG": True, "TRAP_BAD_REQUEST_ERRORS": False}, BadRequestKeyError("a"), False),
    ],
)
def test_trap_settings(settings: dict[str, Any], error: Exception, expected: bool) -> None:
    """Two settings treat HTTP errors like others; debug mode does so for missing keys alone."""
    config = Config("", {"TRAP_HTTP_EXCEPTIONS": False, "TRAP_BAD_REQUEST_ERRORS": None})
    config["DEBUG"] = False
    config.update(settings)

    assert is_trapped(error, config) is expected


def test_handler_by_class_answers(app: Flask, client: FlaskClient) -> None:
    """A handler gets the error, and what it returns is a return value like a view's."""
    app.register_error_handler(Trouble, lambda error: (f"caught {error}", 409))
    failing(app, DeepTrouble("deep"))

    response = client.get("/")

    assert (response.text, response.status_code) == ("caught deep", 409)


def test_handler_by_status_answers_abort_and_routing(app: Flask, client: FlaskClient) -> None:
    """A handler for 404 answers unknown URLs as well as ``abort(404)``."""

    @app.errorhandler(404)
    def missing(error: NotFound) -> tuple[str, int]:
        return f"nothing at {request.path}", 404

    app.add_url_rule("/abort", "abort", lambda: abort(404))

    assert client.get("/abort").text == "nothing at /abort"
    assert client.get("/nowhere").text == "nothing at /nowhere"


def test_status_of_the_answer_is_up_to_the_handler(app: Flask, client: FlaskClient) -> None:
    """A handler that returns text alone answers 200: the status is part of what it returns."""
    app.register_error_handler(403, lambda error: "never mind")
    failing(app, Forbidden)

    assert client.get("/").status_code == 200


def test_handler_for_http_exception_answers_every_status(app: Flask, client: FlaskClient) -> None:
    """A handler for the class HTTPException gets each HTTP error that has no nearer handler."""
    app.register_error_handler(HTTPException, lambda error: (error.name, error.code))
    failing(app, Forbidden)
    app.add_url_rule("/only-get", "get", lambda: "")

    assert client.get("/").text == "Forbidden"
    assert client.get("/missing").text == "Not Found"
    assert client.post("/only-get").text == "Method Not Allowed"


def test_handler_of_a_blueprint_is_for_its_views_only(app: Flask, client: FlaskClient) -> None:
    """A blueprint's handler answers its own views' errors, not unknown URLs below its prefix."""
    blueprint = Blueprint("part", "shop", url_prefix="/part")
    blueprint.register_error_handler(404, lambda error: ("blueprint", 404))
    blueprint.add_url_rule("/abort", "abort", lambda: abort(404))
    app.register_blueprint(blueprint)
    app.register_error_handler(404, lambda error: ("app", 404))

    assert client.get("/part/abort").text == "blueprint"
    assert client.get("/part/nowhere").text == "app"


def test_app_errorhandler_of_a_blueprint_is_for_all(app: Flask, client: FlaskClient) -> None:
    """``app_errorhandler`` answers errors of the whole application."""
    blueprint = Blueprint("part", "shop")

    @blueprint.app_errorhandler(404)
    def missing(error: NotFound) -> tuple[str, int]:
        return "blueprint for all", 404

    app.register_blueprint(blueprint)

    assert client.get("/nowhere").text == "blueprint for all"


def test_subclass_of_an_http_error_has_its_own_handler(app: Flask, client: FlaskClient) -> None:
    """A class with a status of its own needs no entry among the known ones."""

    class Full(HTTPException):
        code = 507
        description = "Not enough storage space."

    app.register_error_handler(Full, lambda error: (error.description, error.code))
    failing(app, Full)

    response = client.get("/")

    assert (response.text, response.status_code) == ("Not enough storage space.", 507)


def test_http_error_without_handler_answers_itself(app: Flask, client: FlaskClient) -> None:
    """An HTTP error is its own response, headers included."""
    failing(app, MethodNotAllowed(["PUT"], "Put it."))

    response = client.get("/")

    assert response.status_code == 405
    assert response.headers["Allow"] == "PUT"
    assert "Put it." in response.text


def test_abort_with_a_response_sends_it(app: Flask, client: FlaskClient) -> None:
    """A response given to ``abort`` passes all handlers by."""
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.register_error_handler(Exception, lambda error: "handled")
    app.add_url_rule("/", "index", lambda: abort(Response("mine", 418)))

    assert client.get("/").text == "mine"


def test_redirect_of_routing_passes_the_handlers_by(app: Flask, client: FlaskClient) -> None:
    """A redirect that routing asks for is no error to be handled."""
    app.register_error_handler(HTTPException, lambda error: "handled")
    app.add_url_rule("/folder/", "folder", lambda: "")

    response = client.get("/folder")

    assert (response.status_code, response.location) == (308, "http://localhost/folder/")


class TestUnhandled:
    def test_error_becomes_a_logged_500(self, app: Flask, caplog: Any) -> None:
        """Without handler an error is logged with traceback and answered by 500."""
        app.testing = False
        failing(app, Trouble("secret detail"))

        response = app.test_client().get("/")

        assert response.status_code == 500
        assert "secret detail" not in response.text
        (record,) = caplog.records
        assert record.getMessage() == "Exception on / [GET]"
        assert record.exc_info[0] is Trouble

    def test_handler_for_500_gets_the_original_error(self, app: Flask) -> None:
        """The handler for 500 gets an InternalServerError that knows what happened."""
        app.testing = False
        error = Trouble()
        failing(app, error)
        seen: list[InternalServerError] = []

        @app.errorhandler(500)
        def broken(failure: InternalServerError) -> tuple[str, int]:
            seen.append(failure)
            return "broken", 500

        assert app.test_client().get("/").text == "broken"
        assert seen[0].original_exception is error

    def test_handler_for_500_gets_abort_500_without_original(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """``abort(500)`` reaches the same handler; there is no original error then."""
        app.register_error_handler(500, lambda failure: repr(failure.original_exception))
        app.add_url_rule("/", "index", lambda: abort(500))

        assert client.get("/").text == "None"

    def test_handler_for_exception_leaves_nothing_unhandled(self, app: Flask) -> None:
        """A handler for Exception answers any error, so the one for 500 is not asked."""
        app.testing = False
        app.register_error_handler(Exception, lambda error: f"any {type(error).__name__}")
        app.register_error_handler(500, lambda error: "broken")
        failing(app, Trouble)

        assert app.test_client().get("/").text == "any Trouble"

    @pytest.mark.parametrize(
        ("settings", "raises"),
        [
            ({"TESTING": False}, False),
            ({"TESTING": True}, True),
            ({"TESTING": False, "DEBUG": True}, True),
            ({"TESTING": True, "PROPAGATE_EXCEPTIONS": False}, False),
            ({"TESTING": False, "PROPAGATE_EXCEPTIONS": True}, True),
        ],
    )
    def test_propagation(self, app: Flask, settings: dict[str, Any], raises: bool) -> None:
        """Tests and debug mode raise the error, unless PROPAGATE_EXCEPTIONS says otherwise."""
        app.config.update(settings)
        failing(app, Trouble)

        if raises:
            with pytest.raises(Trouble):
                app.test_client().get("/")
        else:
            assert app.test_client().get("/").status_code == 500

    def test_signal_is_sent_also_when_the_error_is_raised(self, app: Flask) -> None:
        """``got_request_exception`` hears of every unhandled error, of handled ones not."""
        failing(app, Trouble)
        failing(app, Forbidden, "/forbidden")
        heard: list[BaseException] = []

        def hear(sender: Flask, exception: BaseException, **extra: Any) -> None:
            heard.append(exception)

        with got_request_exception.connected_to(hear, app):
            app.test_client().get("/forbidden")
            with pytest.raises(Trouble):
                app.test_client().get("/")

        assert [type(error) for error in heard] == [Trouble]

    def test_error_of_a_handler_is_unhandled(self, app: Flask) -> None:
        """A handler that fails makes a 500 of its own error."""
        app.testing = False
        failing(app, Trouble)
        app.register_error_handler(Trouble, lambda error: {}["gone"])
        app.register_error_handler(500, lambda failure: repr(failure.original_exception))

        assert app.test_client().get("/").text == "KeyError('gone')"

    def test_error_of_after_request_is_unhandled_once(self, app: Flask, caplog: Any) -> None:
        """When finishing the 500 fails too, that is logged and the 500 is sent all the same."""
        app.testing = False

        @app.after_request
        def fail(response: Response) -> Response:
            raise Trouble("after")

        app.add_url_rule("/", "index", lambda: "x")

        assert app.test_client().get("/").status_code == 500
        assert [record.getMessage() for record in caplog.records] == [
            "Exception on / [GET]",
            "Request finalizing failed with an error while handling an error",
        ]

    def test_error_of_before_request_meets_the_handlers(
        self, app: Flask, client: FlaskClient
    ) -> None:
        """An error of a hook before the view is handled like one of the view."""
        app.register_error_handler(Trouble, lambda error: "handled")

        @app.before_request
        def fail() -> None:
            raise Trouble

        assert client.get("/").text == "handled"

    def test_teardown_still_sees_the_error_that_became_500(self, app: Flask) -> None:
        """Answering by 500 does not hide the error from the teardown functions."""
        app.testing = False
        seen: list[Any] = []
        app.teardown_request(seen.append)
        error = Trouble()
        failing(app, error)
        app.test_client().get("/")

        assert seen == [error]


class TestTrapped:
    def test_http_error_is_raised(self, app: Flask, client: FlaskClient) -> None:
        """TRAP_HTTP_EXCEPTIONS lets HTTP errors out like any other."""
        app.config["TRAP_HTTP_EXCEPTIONS"] = True

        with pytest.raises(NotFound):
            client.get("/nowhere")

    def test_handlers_are_still_asked(self, app: Flask, client: FlaskClient) -> None:
        """A trapped HTTP error still meets its handler."""
        app.config["TRAP_HTTP_EXCEPTIONS"] = True
        app.register_error_handler(404, lambda error: "handled")

        assert client.get("/nowhere").text == "handled"

    def test_missing_key_is_named_in_debug_mode_only(self, app: Flask) -> None:
        """A missing form key is answered 400; which one is told in debug mode alone."""
        app.testing = False
        app.add_url_rule("/", "index", lambda: request.form["colour"], methods=["POST"])

        response = app.test_client().post("/")
        assert response.status_code == 400
        assert "colour" not in response.text

        app.debug = True
        app.config["TRAP_BAD_REQUEST_ERRORS"] = False
        assert "colour" in app.test_client().post("/").text

    def test_missing_key_is_raised_in_debug_mode(self, app: Flask, client: FlaskClient) -> None:
        """In debug mode the debugger shows where a missing key was read."""
        app.debug = True
        app.add_url_rule("/", "index", lambda: request.args["colour"])

        with pytest.raises(BadRequestKeyError, match="colour"):
            client.get("/")


def test_handler_may_be_async(app: Flask, client: FlaskClient) -> None:
    """Handlers may be coroutine functions, those for 500 too."""

    async def handled(error: Exception) -> str:
        return f"awaited {type(error).__name__}"

    app.register_error_handler(Trouble, handled)
    app.register_error_handler(404, handled)
    failing(app, Trouble)

    assert client.get("/").text == "awaited Trouble"
    assert client.get("/nowhere").text == "awaited NotFound"
