"""The handler that answers an error is the one a plain reading of the rules finds."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import (
    BadRequest,
    BadRequestKeyError,
    Forbidden,
    Gone,
    HTTPException,
    InternalServerError,
    NotFound,
)

from flask import Blueprint, Flask


class Trouble(Exception):
    pass


class DeepTrouble(Trouble):
    pass


class OwnNotFound(NotFound):
    pass


class MovedAway(NotFound):
    code = 410


class Unsaid(HTTPException):
    pass


class Unsaid404(NotFound):
    code = None


ERRORS = [
    *(Trouble, DeepTrouble, KeyError, OwnNotFound, NotFound, Forbidden, BadRequest),
    *(BadRequestKeyError, InternalServerError, Gone, MovedAway, Unsaid, Unsaid404),
]
KEYS: list[Any] = [
    *(404, 403, 400, 500, Exception, HTTPException, Trouble, DeepTrouble, LookupError, KeyError),
    *(NotFound, OwnNotFound, BadRequest, 410, Gone, MovedAway, Unsaid, Unsaid404),
]
SCOPES = [None, "outer", "outer.inner", "other"]
tables = st.lists(st.tuples(st.sampled_from(SCOPES), st.sampled_from(KEYS)), max_size=6)


def code_of(cls: type[BaseException]) -> int | None:
    return cls.code if issubclass(cls, HTTPException) else None


def naive(table: list[tuple[str | None, Any]], error: type[Exception], scope: str | None) -> Any:
    """Try every pair in the order the documentation gives: class's status, scope, nearness."""
    entries: dict[tuple[str | None, int | None, type], tuple[str | None, Any]] = {}
    for where, key in table:
        cls = Flask._get_exc_class_and_code(key)[0] if isinstance(key, int) else key
        entries[where, code_of(cls), cls] = (where, key)
    scopes = {None: [None], "outer": ["outer", None], "outer.inner": ["outer.inner", "outer", None]}
    for code in dict.fromkeys([code_of(error), None]):
        for where in scopes[scope]:
            for cls in error.__mro__:
                if (where, code, cls) in entries:
                    return entries[where, code, cls]
    return None


@settings(max_examples=200, deadline=None)
@given(
    table=tables,
    error=st.sampled_from(ERRORS),
    given_code=st.none() | st.sampled_from([404, 410, 403, 500, 418]),
    scope=st.sampled_from([None, "outer", "outer.inner"]),
)
@example(table=[(None, NotFound)], error=NotFound, given_code=410, scope=None)
def test_handler_is_the_naive_models(
    table: list[tuple[str | None, Any]],
    error: type[Exception],
    given_code: int | None,
    scope: str | None,
) -> None:
    """Status goes before class, inner scope before outer, near class before far.

    The status is the class's: what an error was given itself is only what it answers.
    """
    app = Flask("shop", static_folder=None)
    parts = {name: Blueprint(name, "shop") for name in ("outer", "inner", "other")}

    def fail() -> str:
        raised = error()
        if given_code is not None and isinstance(raised, HTTPException):
            raised.code = given_code
        raise raised

    for where, key in table:
        target = app if where is None else parts[where.rpartition(".")[2]]
        target.register_error_handler(key, lambda caught, entry=(where, key): repr(entry))
    for name, target in ((None, app), ("outer", parts["outer"]), ("outer.inner", parts["inner"])):
        target.add_url_rule(f"/{name}", "fail", fail)
    parts["outer"].register_blueprint(parts["inner"])
    app.register_blueprint(parts["outer"])
    app.register_blueprint(parts["other"])
    code = code_of(error) if given_code is None else given_code
    expected = naive(table, error, scope)
    if not issubclass(error, HTTPException):
        code = 500
        if expected is None:
            expected = naive(table, InternalServerError, scope)  # it becomes a 500 first
    elif code is None:
        expected = None  # it is the answer, which nobody is asked for

    response = app.test_client().get(f"/{scope}")

    if expected is None:
        assert response.status_code == (200 if code is None else code)
    else:
        assert response.text == repr(expected)
