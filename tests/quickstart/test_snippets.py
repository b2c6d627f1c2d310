from __future__ import annotations

import logging
from pathlib import Path

import pytest
from werkzeug.middleware.proxy_fix import ProxyFix

from flask import Flask, request
from quickstart.reader import Quickstart
from quickstart.seed import MINIMAL, block


def test_minimal_application(quickstart: Quickstart) -> None:
    """Block 2: five lines are an application that says hello."""
    app = quickstart.load(block(2), "hello").app

    response = app.test_client().get("/")

    assert (response.status_code, response.text) == (200, "Hello, World!")
    assert response.content_type == "text/html; charset=utf-8"


def test_routing(quickstart: Quickstart) -> None:
    """Block 5: ``route`` binds a function to a URL."""
    client = quickstart.load(MINIMAL + block(5)).app.test_client()

    assert client.get("/").text == "Index Page"
    assert client.get("/hello").text == "Hello, World"


def test_variable_rules(quickstart: Quickstart) -> None:
    """Block 6: parts of the URL become arguments, by their converters."""
    prelude = f"{MINIMAL}from markupsafe import escape\n"
    client = quickstart.load(prelude + block(6)).app.test_client()

    assert client.get("/user/<b>").text == "User &lt;b&gt;"
    assert client.get("/post/7").text == "Post 7"
    assert client.get("/post/seven").status_code == 404
    assert client.get("/path/a/b").text == "Subpath a/b"


def test_variable_rules_with_the_old_import(quickstart: Quickstart) -> None:
    """Block 6 as written for Flask 1.1: ``escape`` comes from ``flask``, with a warning."""
    with pytest.warns(DeprecationWarning, match="use 'from markupsafe import escape'"):
        module = quickstart.load(f"from flask import Flask, escape\n{MINIMAL}{block(6)}")

    assert module.app.test_client().get("/user/<b>").text == "User &lt;b&gt;"


def test_trailing_slash(quickstart: Quickstart) -> None:
    """Block 7: a rule with a slash at its end is a folder, one without is a file."""
    client = quickstart.load(MINIMAL + block(7)).app.test_client()

    assert client.get("/projects/").text == "The project page"
    assert client.get("/projects").location == "http://localhost/projects/"
    assert client.get("/about").text == "The about page"
    assert client.get("/about/").status_code == 404


def test_url_building(quickstart: Quickstart, capsys: pytest.CaptureFixture[str]) -> None:
    """Blocks 8 and 9: the program prints the URLs that the next block shows."""
    quickstart.load(block(8))

    assert capsys.readouterr().out == block(9)


def test_http_methods(quickstart: Quickstart) -> None:
    """Block 10: a view names its methods; HEAD and OPTIONS come by themselves."""
    prelude = (
        f"{MINIMAL}"
        "def do_the_login():\n    return 'logged in'\n"
        "def show_the_login_form():\n    return 'form'\n"
    )
    client = quickstart.load(prelude + block(10)).app.test_client()

    assert client.get("/login").text == "form"
    assert client.post("/login").text == "logged in"
    assert client.head("/login").data == b""
    assert client.options("/login").allow.as_set() == {"get", "head", "options", "post"}
    assert client.put("/login").status_code == 405


def test_static_files(quickstart: Quickstart) -> None:
    """Block 11: the folder ``static`` beside the module is served, and has URLs."""
    quickstart.write("static/style.css", "body { color: teal }")
    module = quickstart.load(f"from flask import url_for\n{MINIMAL}")

    with module.app.test_request_context():
        url = eval(block(11), vars(module))

    assert url == "/static/style.css"
    response = module.app.test_client().get(url)
    assert response.text == "body { color: teal }"
    assert response.mimetype == "text/css"
    response.close()


def laid_out_files(case: str) -> list[str]:
    """Return the files of one case of block 13, as paths relative to the reader's folder."""
    files, folders = [], {}
    for line in case.splitlines()[1:]:
        depth = (len(line) - len(line.lstrip())) // 4
        name = line.strip().lstrip("/")
        path = f"{folders[depth - 1]}/{name}" if depth else name
        folders[depth] = path
        if "." in name:
            files.append(path)
    return files


@pytest.mark.parametrize("case", [0, 1], ids=["module", "package"])
def test_rendering_templates(quickstart: Quickstart, case: int) -> None:
    """Blocks 12 to 14: the template is found beside a module, or inside a package."""
    layout = block(13).split("\n\n")[case]
    contents = {".py": MINIMAL + block(12), ".html": block(14)}
    for file in laid_out_files(layout):
        quickstart.write(file, contents[Path(file).suffix])
    import application

    client = application.app.test_client()

    assert "<h1>Hello, World!</h1>" in client.get("/hello/").text
    assert "<h1>Hello Ada!</h1>" in client.get("/hello/Ada").text
    assert "<h1>Hello &lt;b&gt;!</h1>" in client.get("/hello/<b>").text
    assert Path(application.__file__).name == ("application.py", "__init__.py")[case]


def test_request_object(quickstart: Quickstart) -> None:
    """Blocks 17 and 18: the form of a POST is read by key; a missing key is 400 for the client."""
    quickstart.write("templates/login.html", "form {{ error }}")
    prelude = (
        f"from flask import render_template\n{MINIMAL}"
        "def valid_login(username, password):\n    return password == 'correct'\n"
        "def log_the_user_in(username):\n    return f'welcome {username}'\n"
    )
    client = quickstart.load(prelude + block(17) + block(18)).app.test_client()

    assert client.get("/login").text == "form None"
    form = {"username": "ada", "password": "correct"}
    assert client.post("/login", data=form).text == "welcome ada"
    form["password"] = "wrong"
    assert client.post("/login", data=form).text == "form Invalid username/password"
    assert client.post("/login", data={"username": "ada"}).status_code == 400


@pytest.mark.parametrize(("url", "found"), [("/?key=flask", "flask"), ("/", "")])
def test_query_string(quickstart: Quickstart, url: str, found: str) -> None:
    """Block 19: the query string is read by key, with a default."""
    module = quickstart.load(block(17) + MINIMAL)

    with module.app.test_request_context(url):
        exec(block(19), vars(module))

    assert module.searchword == found


def test_setting_cookies(quickstart: Quickstart) -> None:
    """Block 23: ``make_response`` gives the response on which a cookie is set."""
    prelude = f"{MINIMAL}def render_template(placeholder):\n    return 'page'\n"
    client = quickstart.load(prelude + block(23)).app.test_client()

    assert client.get("/").text == "page"
    assert client.get_cookie("username").decoded_value == "the username"


def test_redirect_and_abort(quickstart: Quickstart) -> None:
    """Block 24: one view sends to the other, which stops with 401."""
    client = quickstart.load(MINIMAL + block(24)).app.test_client()

    response = client.get("/")
    assert (response.status_code, response.location) == (302, "/login")
    response = client.get("/", follow_redirects=True)
    assert (response.status_code, response.request.path) == (401, "/login")


@pytest.mark.parametrize(
    ("snippet", "template", "header"),
    [
        (block(25), "page_not_found.html", None),
        (f"from flask import render_template\n{block(26)}", "error.html", None),
        (f"from flask import make_response, render_template\n{block(27)}", "error.html", "A value"),
    ],
    ids=["block 25", "block 26", "block 27"],
)
def test_error_pages(
    quickstart: Quickstart, snippet: str, template: str, header: str | None
) -> None:
    """Blocks 25 to 27: an error handler answers with a page, a status and headers."""
    quickstart.write(f"templates/{template}", "own page for {{ request.path }}")
    client = quickstart.load(MINIMAL + snippet).app.test_client()

    response = client.get("/nowhere")

    assert (response.status_code, response.text) == (404, "own page for /nowhere")
    assert response.headers.get("X-Something") == header


USERS = """
from flask import jsonify, url_for

class User:
    def __init__(self, username, theme, image):
        self.username, self.theme, self.image = username, theme, image

    def to_json(self):
        return {"username": self.username}

def get_current_user():
    return User("ada", "dark", "ada.png")

def get_all_users():
    return [get_current_user(), User("bob", "light", "bob.png")]

@app.route("/images/<filename>")
def user_image(filename):
    return filename
"""


def test_json_from_a_dict(quickstart: Quickstart) -> None:
    """Block 28: a dict that a view returns becomes JSON."""
    client = quickstart.load(MINIMAL + USERS + block(28)).app.test_client()

    response = client.get("/me")

    assert response.mimetype == "application/json"
    assert response.json == {"username": "ada", "theme": "dark", "image": "/images/ada.png"}


def test_jsonify(quickstart: Quickstart) -> None:
    """Block 29: ``jsonify`` makes a JSON response of anything else, here a list."""
    client = quickstart.load(MINIMAL + USERS + block(29)).app.test_client()

    response = client.get("/users")

    assert response.mimetype == "application/json"
    assert response.json == [{"username": "ada"}, {"username": "bob"}]


def test_sessions(quickstart: Quickstart) -> None:
    """Block 30: who has logged in is remembered in a signed cookie until logging out."""
    client = quickstart.load(block(30)).app.test_client()

    assert client.get("/").text == "You are not logged in"
    assert '<form method="post">' in client.get("/login").text
    response = client.post("/login", data={"username": "<ada>"})
    assert (response.status_code, response.location) == (302, "/")
    assert client.get("/").text == "Logged in as &lt;ada&gt;"
    assert client.get("/logout").location == "/"
    assert client.get("/").text == "You are not logged in"


@pytest.mark.parametrize("debug", [False, True])
def test_logging(quickstart: Quickstart, caplog: pytest.LogCaptureFixture, debug: bool) -> None:
    """Block 32: the logger is ready for use; debug messages appear in debug mode."""
    name = f"logging_{debug}"  # which is the logger's name too, and a logger lives on
    quickstart.load(f"{MINIMAL}app.debug = {debug}\n{block(32)}", name)

    seen = [(record.levelno, record.getMessage()) for record in caplog.records]
    expected = [
        (logging.DEBUG, "A value for debugging"),
        (logging.WARNING, "A warning occurred (42 apples)"),
        (logging.ERROR, "An error occurred"),
    ]
    assert seen == (expected if debug else expected[1:])
    assert {record.name for record in caplog.records} == {name}


def test_middleware(quickstart: Quickstart) -> None:
    """Block 33: WSGI middleware wraps ``wsgi_app``; ``app`` is still the application."""
    module = quickstart.load(MINIMAL + block(33))

    @module.app.route("/")
    def address() -> str:
        return f"{request.remote_addr} {request.scheme}"

    assert isinstance(module.app, Flask)
    assert isinstance(module.app.wsgi_app, ProxyFix)
    headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    assert module.app.test_client().get("/", headers=headers).text == "192.0.2.7 https"
