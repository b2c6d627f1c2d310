"""The application in Flask's API: the same file measures Flask and Dewar."""

from collections.abc import Iterator

from benchmarks.workloads import PERSON, ROUTES, ROWS, STATIC, STREAM_CHUNKS, TEMPLATES
from flask import (
    Blueprint,
    Flask,
    Response,
    g,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from flask.signals import request_finished, request_started
from flask.typing import ResponseReturnValue
from flask.views import MethodView


class GoneError(Exception):
    """What the view of the error handler's workload raises."""


class Item(MethodView):
    def get(self, item_id: int) -> str:
        return f"item {item_id}"


def make_app(workload: str) -> Flask:
    """Create the application that serves the workload."""
    app = Flask("benchmarks", static_folder=str(STATIC), template_folder=str(TEMPLATES))
    app.secret_key = "not secret, measured"
    if workload == "last-route":
        for number in range(ROUTES):
            app.add_url_rule(f"/section-{number}/<int:item>/detail", f"s{number}", show_detail)
        return app
    add_pages(app)
    add_session_pages(app)
    add_answers(app)
    if workload in {"hooks", "nested-hooks"}:  # one blueprint's hook is looked up in all requests
        add_hooked_pages(app)
    if workload == "signals":
        request_started.connect(note_signal, app)
        request_finished.connect(note_signal, app)
    return app


def show_detail(item: int) -> str:
    return f"detail {item}"


def note_signal(sender: Flask, **extra: object) -> None:
    """Receive a signal."""


def add_pages(app: Flask) -> None:
    """Add the views that read requests."""

    @app.route("/plain")
    def plain() -> str:
        return "Hello, World!"

    @app.route("/user/<int:user_id>/<slug>")
    def user(user_id: int, slug: str) -> str:
        return f"{user_id} {slug}"

    @app.route("/json")
    def json() -> ResponseReturnValue:
        return PERSON

    @app.route("/query")
    def query() -> str:
        args = request.args
        return f"{args['q']} {args.get('page', type=int)} {args.get('sort')}"

    @app.route("/json-post", methods=["POST"])
    def json_post() -> ResponseReturnValue:
        return {"hello": request.get_json()["name"]}

    @app.route("/form-post", methods=["POST"])
    def form_post() -> str:
        form = request.form
        return f"{form['name']} {form['email']} {form['age']}"

    @app.route("/upload", methods=["POST"])
    def upload() -> str:
        file = request.files["file"]
        return f"{request.form['title']} {file.filename} {len(file.read())}"


def add_session_pages(app: Flask) -> None:
    """Add the views that use the session."""

    @app.route("/session/start")
    def session_start() -> str:
        session["name"] = "Ada"
        session["visits"] = 1
        return "started"

    @app.route("/session/read")
    def session_read() -> ResponseReturnValue:
        return session["name"]

    @app.route("/session/write")
    def session_write() -> str:
        session["visits"] += 1
        return str(session["visits"])


def add_answers(app: Flask) -> None:
    """Add the views that answer in other ways than by a string."""

    @app.route("/template")
    def template() -> str:
        return render_template("list.html", title="Prices", rows=ROWS)

    @app.route("/redirect")
    def redirects() -> ResponseReturnValue:
        return redirect(url_for("user", user_id=7, slug="grace-hopper"))

    @app.route("/stream")
    def stream() -> Iterator[bytes]:
        return (chunk for chunk in STREAM_CHUNKS)

    @app.route("/send-file")
    def sends_file() -> ResponseReturnValue:
        return send_file(STATIC / "ten-kib.txt")

    @app.route("/async")
    async def waits() -> str:
        return "Hello, World!"

    @app.route("/fails")
    def fails() -> str:
        raise GoneError("the page")

    @app.errorhandler(GoneError)
    def gone(error: GoneError) -> ResponseReturnValue:
        return f"gone: {error}", 410

    app.add_url_rule("/item/<int:item_id>", view_func=Item.as_view("item"))


def set_name() -> None:
    g.name = "Ada"


def set_place() -> None:
    g.place = "Seoul"


def mark_first(response: Response) -> Response:
    response.headers["X-First"] = "1"
    return response


def mark_second(response: Response) -> Response:
    response.headers["X-Second"] = "2"
    return response


def show_place() -> str:
    return f"{g.name} from {g.place}"


def add_hooked_pages(app: Flask) -> None:
    """Add a blueprint with four hooks, and two nested ones that share four."""
    hooked = Blueprint("hooked", "benchmarks", url_prefix="/hooked")
    outer = Blueprint("outer", "benchmarks", url_prefix="/outer")
    inner = Blueprint("inner", "benchmarks", url_prefix="/inner")
    for first, second in ((hooked, hooked), (outer, inner)):
        first.before_request(set_name)
        second.before_request(set_place)
        first.after_request(mark_first)
        second.after_request(mark_second)
        second.add_url_rule("/page", view_func=show_place)
    outer.register_blueprint(inner)
    app.register_blueprint(hooked)
    app.register_blueprint(outer)
