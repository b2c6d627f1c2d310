"""What a user's type checker sees of views, hooks and handlers: checked by pyright, not run."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, TypedDict, assert_type

from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    session,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask.views import MethodView, View

app = Flask(__name__)
blueprint = Blueprint("blueprint", __name__, url_prefix="/b")


class Person(TypedDict):
    name: str


@app.route("/text")
def text() -> str:
    return "text"


@app.get("/bytes")
def raw() -> bytes:
    return b"bytes"


@app.get("/typed-dict")
def typed_dict() -> Person:
    return {"name": "Ada"}


@app.get("/list")
def a_list() -> list[Person]:
    return [{"name": "Ada"}]


@app.get("/tuple")
def body_status_headers() -> tuple[str, int, dict[str, str]]:
    return "created", 201, {"X-Seen": "yes"}


@app.get("/generator")
def generator() -> Iterator[str]:
    def pieces() -> Iterator[str]:
        yield request.path

    return stream_with_context(pieces())


@app.get("/union")
def union() -> ResponseReturnValue:
    if "user" not in session:
        return redirect(url_for("text"))
    return render_template("union.html"), 200


@app.post("/async")
async def asynchronous() -> Response:
    return jsonify(ok=True)


@app.get("/async-generator")
async def async_generator() -> AsyncIterator[str]:
    async def pieces() -> AsyncIterator[str]:
        yield "piece"

    return pieces()


@blueprint.before_request
def load() -> None:
    g.user = session.get("user")


@blueprint.after_request
def stamp(response: Response) -> Response:
    response.headers["X-Stamp"] = "1"
    return response


@app.after_request
def stamp_base(response: BaseResponse) -> BaseResponse:
    return response


@app.teardown_request
def close(error: BaseException | None) -> None: ...


@app.errorhandler(404)
@app.errorhandler(NotFound)
def missing(error: NotFound) -> tuple[str, int]:
    return str(error), 404


@app.errorhandler(ValueError)
def wrong(error: ValueError) -> tuple[dict[str, str], int]:
    return {"error": str(error)}, 400


@app.context_processor
def variables() -> dict[str, Any]:
    return {"answer": 42}


@app.template_filter()
def shout(value: str) -> str:
    return value.upper()


class Hello(View):
    init_every_request = False

    def dispatch_request(self) -> ResponseReturnValue:
        return "hello"


class Counter(MethodView):
    def get(self) -> str:
        return "1"

    def post(self) -> tuple[str, int]:
        return "2", 201


app.add_url_rule("/hello", view_func=Hello.as_view("hello"))
app.add_url_rule("/counter", view_func=Counter.as_view("counter"))
app.register_blueprint(blueprint, url_prefix="/c")


def uses() -> None:
    assert_type(make_response("x"), Response)
    assert_type(request.method, str)
    assert_type(request.endpoint, str | None)
    assert_type(app.debug, bool)
    assert_type(app.testing, bool)
    assert_type(current_app, Flask)
    assert_type(app.config.get_namespace("A_"), dict[str, Any])
    with app.test_client() as client:
        response = client.get("/text")
        assert_type(response.status_code, int)
    with app.app_context() as ctx:
        assert_type(ctx.app, Flask)


def assigns(other: Flask) -> None:
    other.name = "renamed"
    other.jinja_loader = None
    request.remote_addr = "192.0.2.1"
    request.host = "example.org"


def never() -> str:
    abort(404)
