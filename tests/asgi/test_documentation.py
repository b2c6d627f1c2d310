"""docs/async.md does what it says: its samples are run, in both languages they are the same."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

import flask.asgi.background
import flask.asgi.connection
import flask.asgi.http
import flask.asgi.places
from flask import Flask
from flask.asgi.clientsockets import WebSocketRejected

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in ("async.md", "async.ko.md")}
PAGE = PAGES["async.md"]
NOT_RUN = "<!-- "  # begins the line above a sample that stands for itself

DEFAULTS = {
    "ASGI_THREADS": flask.asgi.places.THREADS,
    "ASGI_SYNC_VIEWS": flask.asgi.places.THREAD,
    "ASGI_DISCONNECT_GRACE": flask.asgi.http.GRACE,
    "WEBSOCKET_MAX_MESSAGE_SIZE": flask.asgi.connection.MAX_MESSAGE_SIZE,
    "WEBSOCKET_IDLE_TIMEOUT": None,
    "WEBSOCKET_ALLOWED_ORIGINS": (),
    "BACKGROUND_TASK_SHUTDOWN_TIMEOUT": flask.asgi.background.SHUTDOWN_TIMEOUT,
}


def find_blocks(page: str) -> list[tuple[str, str, str]]:
    """Return the line before each code block, its language and its text, in order."""
    return re.findall(r"^([^\n]*)\n```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def weather_service(request: httpx.Request) -> httpx.Response:
    """Answer as the services do that the samples call."""
    if request.method == "POST":
        letters.append(request.read().decode())
    return httpx.Response(200, json={"sky": f"clear over {request.url.params.get('city')}"})


letters: list[str] = []


@pytest.fixture
def hello(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The page's samples as one module, whose HTTP client talks with a service in memory."""
    client = httpx.AsyncClient
    transport = httpx.MockTransport(weather_service)
    monkeypatch.setattr(httpx, "AsyncClient", lambda **given: client(**given, transport=transport))
    letters.clear()
    module: dict[str, Any] = {"__name__": "hello"}
    for before, language, text in find_blocks(PAGE):
        if language == "python" and not before.startswith(NOT_RUN):
            exec(compile(text, "docs/async.md", "exec"), module)
    yield module


@pytest.fixture
def app(hello: dict[str, Any]) -> Flask:
    app: Flask = hello["app"]
    app.config.update(TESTING=True, SECRET_KEY="key")
    return app


def test_samples_compile() -> None:
    """Every Python block is whole, those that are not run too."""
    blocks = [text for _, language, text in find_blocks(PAGE) if language == "python"]

    assert len(blocks) > 10
    for text in blocks:
        ast.parse(text)


def test_tests_of_the_page(hello: dict[str, Any]) -> None:
    """The tests that the page shows pass."""
    asyncio.run(hello["test_news"]())
    hello["test_plain"]()


def test_views_answer_as_the_page_says(app: Flask) -> None:
    """Both kinds of views, bodies and streams, under WSGI and under ASGI."""
    expected = {
        ("GET", "/sync/Ada"): '{"hello":"Ada"}\n',
        ("GET", "/async/Ada"): '{"hello":"Ada"}\n',
        ("GET", "/weather/Seoul"): '{"city":"Seoul","sky":"clear over Seoul"}\n',
        ("POST", "/upload"): '{"length":70000}\n',
        ("GET", "/count/2"): "1 for 127.0.0.1\n2 for 127.0.0.1\n",
    }

    def data_of(method: str) -> bytes | None:
        return b"x" * 70_000 if method == "POST" else None

    async def answers() -> list[str]:
        async with app.async_test_client() as client:
            return [
                (await client.open(path, method=method, data=data_of(method))).text
                for method, path in expected
            ]

    assert asyncio.run(answers()) == list(expected.values())
    with app.serving():
        client = app.test_client()
        for (method, path), text in expected.items():
            assert client.open(path, method=method, data=data_of(method)).text == text


def test_events_are_those_shown(app: Flask) -> None:
    """What curl is said to print is what the view sends after that event."""
    (console,) = [text for _, _, text in find_blocks(PAGE) if text.startswith("$ curl")]
    command, _, output = console.partition("\n")
    name, value = re.findall(r'-H "([\w-]+): (\w+)"', command)[0]
    path = command.partition(":8000")[2]

    assert app.test_client().get(path, headers={name: value}).text == output + "\n"


def test_rooms_and_their_lock(app: Flask, hello: dict[str, Any]) -> None:
    """A message reaches all of a room; the staff's is refused before the handshake."""
    client = app.test_client()

    async def talk() -> list[str | bytes]:
        client = app.async_test_client()
        async with client.websocket("/ws/a") as one, client.websocket("/ws/a") as two:
            await two.send("here")
            heard = [await two.receive()]
            await one.send("hello")
            return [*heard, await two.receive(), await one.receive()]

    assert asyncio.run(talk())[:2] == ["here", "hello"]
    assert hello["rooms"]["a"] == set()
    with pytest.raises(WebSocketRejected) as caught, client.websocket("/ws/staff"):
        pytest.fail("the handshake was accepted")
    assert caught.value.response.status_code == 403


def test_receipts_are_sent_after_the_answer(app: Flask) -> None:
    """The order is answered 202, and its letter is written before the stop has ended."""

    async def order() -> int:
        async with app.async_test_client() as client:
            response = await client.post("/orders", json={"email": "ada@example.com"})
        return response.status_code

    assert asyncio.run(order()) == 202
    assert letters == ['{"to":"ada@example.com"}']


def test_gunicorns_hooks(app: Flask, hello: dict[str, Any]) -> None:
    """The two functions of its configuration start and stop the application."""
    worker = SimpleNamespace(wsgi=app)
    hello["post_worker_init"](worker)
    client = app.extensions["http"]
    assert not client.is_closed

    hello["worker_exit"](None, worker)

    assert client.is_closed


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_settings_have_their_defaults(page: str) -> None:
    """The table names every setting of the async side once, with the default of the code."""
    rows = re.findall(r"^\| `([A-Z_]+)` \| `(.*?)` \|", page, re.MULTILINE)

    assert {name: ast.literal_eval(value) for name, value in rows} == DEFAULTS
    assert len(rows) == len(DEFAULTS)


def test_no_setting_is_forgotten() -> None:
    """What the code reads by such a name is in the table."""
    source = Path(flask.__file__).parent
    read: set[str] = set()
    for file in source.rglob("*.py"):
        read.update(
            re.findall(
                r'"((?:ASGI|WEBSOCKET|BACKGROUND)_[A-Z_]+)"', file.read_text(encoding="utf-8")
            )
        )

    assert read == set(DEFAULTS)


def test_both_languages_show_the_same_code() -> None:
    """Samples, commands and files are the same, in the same order, and the same ones are run."""
    english, korean = (
        [(before.startswith(NOT_RUN), *rest) for before, *rest in find_blocks(page)]
        for page in PAGES.values()
    )

    assert english == korean


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """Files that the page links to exist, the other language among them."""
    links = re.findall(r"\]\(([^)#]+)", PAGES[name])
    files = [link for link in links if not link.startswith("https:")]

    assert {"async.md": "async.ko.md", "async.ko.md": "async.md"}[name] in files
    for file in files:
        assert (DOCS / file).exists(), file


def test_figures_differ_in_words_only() -> None:
    """The two languages' figures have the same shapes."""
    english, korean = (
        re.sub(r">[^<{}]+</", "></", (DOCS / "images" / name).read_text(encoding="utf-8"))
        for name in ("async.svg", "async.ko.svg")
    )

    assert english == korean
