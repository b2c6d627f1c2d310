"""The application in Falcon.

Blank: sessions (Falcon has none), hooks by blueprint, MethodView (every Falcon
resource is one), signals, send_file, async views under WSGI.
"""

from typing import Any

import falcon
import jinja2

from benchmarks.workloads import PERSON, ROUTES, ROWS, STATIC, STREAM_CHUNKS, TEMPLATES

templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, auto_reload=False
)


class GoneError(Exception):
    """What the resource of the error handler's workload raises."""


def handle_gone(
    req: falcon.Request, resp: falcon.Response, error: GoneError, params: dict[str, Any]
) -> None:
    resp.status = falcon.HTTP_410
    resp.content_type = falcon.MEDIA_HTML
    resp.text = f"gone: {error}"


class Plain:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = "Hello, World!"


class User:
    def on_get(self, req: falcon.Request, resp: falcon.Response, user_id: int, slug: str) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"{user_id} {slug}"


class Person:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = PERSON


class Query:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        page = req.get_param_as_int("page")
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"{req.get_param('q', required=True)} {page} {req.get_param('sort')}"


class JSONPost:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.media = {"hello": req.get_media()["name"]}


class FormPost:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = req.get_media()
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"{form['name']} {form['email']} {form['age']}"


class Upload:
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        for part in req.get_media():
            if part.name == "title":
                title = part.text
            elif part.name == "file":
                filename, size = part.filename, len(part.stream.read())
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"{title} {filename} {size}"


class Template:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = templates.get_template("list.html").render(title="Prices", rows=ROWS)


class Redirect:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        # Falcon builds no URLs: the location is written by hand.
        raise falcon.HTTPFound(f"/user/{7}/{'grace-hopper'}")


class Stream:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.stream = (chunk for chunk in STREAM_CHUNKS)


class Fails:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        raise GoneError("the page")


class Detail:
    def on_get(self, req: falcon.Request, resp: falcon.Response, item: int) -> None:
        resp.content_type = falcon.MEDIA_HTML
        resp.text = f"detail {item}"


def make_app(workload: str) -> falcon.App:
    """Create the application that serves the workload."""
    app = falcon.App()
    if workload == "last-route":
        for number in range(ROUTES):
            app.add_route(f"/section-{number}/{{item:int}}/detail", Detail())
        return app
    app.add_route("/plain", Plain())
    app.add_route("/user/{user_id:int}/{slug}", User())
    app.add_route("/json", Person())
    app.add_route("/query", Query())
    app.add_route("/json-post", JSONPost())
    app.add_route("/form-post", FormPost())
    app.add_route("/upload", Upload())
    app.add_route("/template", Template())
    app.add_route("/redirect", Redirect())
    app.add_route("/stream", Stream())
    app.add_route("/fails", Fails())
    app.add_error_handler(GoneError, handle_gone)
    app.add_static_route("/static", STATIC)
    return app
