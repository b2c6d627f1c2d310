"""The answers and targets of the ASGI suites, on this interpreter's flask; nothing is timed."""

import asyncio
import dataclasses
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from benchmarks import (
    asgi_servers,
    asgi_uploads,
    bodies,
    inproc_asgi,
    servers,
    soak_asgi,
    websockets,
)
from benchmarks.__main__ import read_arguments
from benchmarks.apps import (
    bare_asgi_app,
    bare_asgi_sockets,
    bare_asgi_uploads,
    flask_asgi_app,
    flask_asgi_uploads,
)
from benchmarks.asgi import create_scope, drive, exchange, open_app, prepare
from benchmarks.checks import Outcome
from benchmarks.crowd import KINDS, Crowd
from benchmarks.frameworks import ASGI_PEERS, FRAMEWORKS
from benchmarks.report import TIMES
from benchmarks.sockets import ACCEPT, SPARE, allow_sockets, check_echo, open_sockets
from benchmarks.tasks import inproc_asgi as task
from benchmarks.workloads import ASGI_WORKLOADS, Workload
from benchmarks.wsgi import Answer, WrongAnswerError

PLAIN = ASGI_WORKLOADS["plain"]


@pytest.mark.parametrize("workload", ASGI_WORKLOADS.values(), ids=ASGI_WORKLOADS)
@pytest.mark.parametrize("module", [flask_asgi_app, bare_asgi_app], ids=["dewar", "bare"])
def test_applications_answer_as_demanded(module: Any, workload: Workload) -> None:
    """Dewar and the floor serve every workload under ASGI."""
    asyncio.run(prepare(module.make_app(workload.name), workload))


def test_task_checks_and_times() -> None:
    """The task of a framework's process gives CPU and elapsed time; the driver alone too."""
    for module in ("flask_asgi_app", "driver"):
        figures = task.run(module, "json-post", "0.000001")
        assert set(figures) == {"microseconds", "elapsed", "requests"}


def test_each_request_is_fresh_and_its_client_stays() -> None:
    """A request has a scope of its own; after the body nothing comes, not even a disconnect."""
    bodies_seen: list[bytes] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert "mark" not in scope
        scope["mark"] = True
        bodies_seen.append((await receive())["body"])
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(receive(), 0)

    asyncio.run(drive(app, create_scope(PLAIN), b"payload", 2))

    assert bodies_seen == [b"payload"] * 2


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([], r"the events of the answer are \[\]"),
        ([{"type": "http.response.body", "body": b""}], "the events of the answer"),
        (
            [
                {"type": "http.response.start", "status": 200},
                {"type": "http.response.body", "body": b"", "more_body": True},
            ],
            "has no end",
        ),
    ],
)
def test_answer_that_is_not_whole_is_detected(events: list[dict[str, Any]], text: str) -> None:
    """An application that does not follow the protocol is not timed."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for event in events:
            await send(event)

    with pytest.raises(WrongAnswerError, match=text):
        asyncio.run(exchange(app, create_scope(PLAIN)))


def test_application_is_started_and_stopped() -> None:
    """Lifespan events frame the requests; an application that refuses them is served as well."""
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(2):
            kind = (await receive())["type"]
            seen.append(kind)
            await send({"type": f"{kind}.complete"})

    async def live(app: Any) -> None:
        async with open_app(app):
            seen.append("open")

    asyncio.run(live(app))
    asyncio.run(live(bare_asgi_app.make_app("plain")))

    assert seen == ["lifespan.startup", "open", "lifespan.shutdown", "open"]


def test_application_that_does_not_start_is_wrong() -> None:
    """What failed at start is not timed."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def start() -> None:
        async with open_app(app):
            pass

    with pytest.raises(WrongAnswerError, match="no database"):
        asyncio.run(start())


def test_targets_of_asgi() -> None:
    """CPU time is compared with each rival's; a synchronous view's with Quart's only."""
    taken = {
        name: [{"microseconds": time, "elapsed": 1.0}]
        for name, time in (("dewar", 5.0), ("starlette", 6.0), ("blacksheep", 2.0), ("quart", 60.0))
    }

    checks = inproc_asgi.find_checks("plain", taken)
    assert [(check.what, check.met) for check in checks] == [
        (f"plain {TIMES} starlette", True),
        (f"plain {TIMES} blacksheep", False),
        (f"plain {TIMES} quart", False),
    ]
    (check,) = inproc_asgi.find_checks("sync", taken)
    assert (check.what, check.measured, check.wanted) == (f"sync {TIMES} quart", 12, 1.3)
    assert inproc_asgi.find_checks("sync-inline", taken) == []


def test_targets_of_asgi_servers() -> None:
    """A server's CPU time per request is compared with a bare application's, for both workloads."""
    figures = {
        f"uvicorn {name}": {"bare": [{"microseconds": 10.0}], "dewar": [{"microseconds": time}]}
        for name, time in (("plain", 12.0), ("json", 14.0))
    }

    checks = servers.find_checks(asgi_servers.ASGI, figures)

    assert [check.met for check in checks] == [True, False]


def test_targets_of_asgi_uploads() -> None:
    """The largest peak of memory counts."""
    figures = {"uvicorn upload-sync": {"dewar": [{"peak": 40.0}, {"peak": 90.0}]}}

    (check,) = asgi_uploads.find_checks(figures)

    assert (check.measured, check.met) == (90, False)


def test_every_asgi_framework_has_its_applications() -> None:
    """What the command line offers exists; only those with an application are peers."""
    for name in ASGI_PEERS:
        assert FRAMEWORKS[name].asgi_app
    suite, options, _ = read_arguments(["websockets", "--connections", "10"])
    assert (options.connections, options.keep) == (10, None)
    assert suite.servers


def _ask_for_body(app: Any, path: str, payload: bytes = b"", content_type: str = "") -> Answer:
    path, _, query = path.partition("?")
    workload = dataclasses.replace(PLAIN, path=path, query=query)
    if payload:
        workload = dataclasses.replace(
            workload, method="POST", payload=payload, content_type=content_type
        )
    return asyncio.run(exchange(app, create_scope(workload), payload))


@pytest.mark.parametrize("module", [flask_asgi_uploads, bare_asgi_uploads], ids=["dewar", "bare"])
def test_large_bodies_are_whole(module: Any, tmp_path: Any) -> None:
    """Uploads are counted byte by byte, and every way to send gives the same file."""
    app = module.make_app(str(tmp_path))
    content = b"".join(bodies.make_blocks(1))
    tmp_path.joinpath("1.bin").write_bytes(content)
    digest = bodies.find_digest("random", 1)

    for name in ("download-sync", "download-async", "download-file"):
        assert _ask_for_body(app, f"/{name}/1").body == content
    for query, shown in (("?digest=1", digest), ("", "-")):
        answer = _ask_for_body(app, f"/upload-sync{query}", content, "application/octet-stream")
        assert answer.body == f"{1 << 20} {shown}".encode()
        whole = bodies.HEAD + content + bodies.TAIL
        answer = _ask_for_body(app, f"/upload-disk{query}", whole, bodies.CONTENT_TYPE)
        assert answer.body == f"Holiday a.bin {1 << 20} {shown}".encode()


def _serve_one(app: Callable[[bytes], bytes]) -> int:
    """Serve one WebSocket in a thread, whose messages a function answers; return its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as connection:
            while b"\r\n\r\n" not in connection.recv(4096):
                pass
            accept = ACCEPT.encode()
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            frame = connection.recv(100)
            if frame:
                text = bytes(b ^ frame[2:6][i % 4] for i, b in enumerate(frame[6:]))
                connection.sendall(bytes([0x81, len(text)]) + app(text))

    threading.Thread(target=serve).start()
    return int(listener.getsockname()[1])


def test_websockets_prove_that_they_are_alive() -> None:
    """A handshake that is not answered rightly, or a message that changes, is a wrong answer."""
    with open_sockets(_serve_one(lambda text: text), "/ws", 1) as connections:
        check_echo(connections)
    with (
        open_sockets(_serve_one(lambda text: text[::-1]), "/ws", 1) as connections,
        pytest.raises(WrongAnswerError, match="WebSocket 0 got"),
    ):
        check_echo(connections)


def test_floor_of_websockets_sends_back() -> None:
    """The bare application accepts, echoes and ends with its client."""
    incoming = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "hello"},
        {"type": "websocket.disconnect"},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    asyncio.run(bare_asgi_sockets.make_app("/ws")({"type": "websocket"}, receive, send))

    assert sent == [{"type": "websocket.accept"}, {"type": "websocket.send", "text": "hello"}]


def test_number_of_websockets_is_what_the_machine_allows() -> None:
    """The limit of open files is raised as far as it goes, and no further count is claimed."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        assert allow_sockets(10) == 10
        resource.setrlimit(resource.RLIMIT_NOFILE, (before[0], before[1]))
        most = before[1] if before[1] != resource.RLIM_INFINITY else 1 << 20
        assert allow_sockets(most) <= most - SPARE
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    (check,) = websockets.find_checks({"dewar": []}, 9000, 10000)
    assert not check.met


def test_soak_asgi_tells_what_stays() -> None:
    """Contexts and greenlets must be gone; tasks and memory are compared with the third leg."""
    quiet = {"crossed": 0, "unclosed": 0, "contexts": 0, "greenlets": 0, "tasks": 2, "threads": 41}
    legs = [{**quiet, "resident": 50 * 1024}] * 9
    grown = {**quiet, "contexts": 1, "threads": 42, "resident": 55 * 1024}

    assert not Outcome(soak_asgi.find_checks({"thread": [{"legs": [*legs, legs[0]]}]})).missed
    missed = Outcome(soak_asgi.find_checks({"thread": [{"legs": [*legs, grown]}]})).missed
    assert [str(check).partition(",")[0] for check in missed] == [
        "thread: contexts left: 1.00",
        "thread: threads too many: 1.00",
        "thread: growth of memory",
    ]


def test_crowd_tells_wrong_answers(echo_server: int) -> None:
    """What is no answer, or a wrong one, is told with the kind of the request."""
    crowd = Crowd(echo_server, 3)

    asyncio.run(crowd.make(12))

    assert sum(crowd.made.values()) == 12
    assert crowd.wrong
    assert all(text.split(":")[0] in KINDS for text in crowd.wrong)


@pytest.fixture
def echo_server() -> Iterator[int]:
    """A server that answers everything by an empty page, and its port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: Any) -> None:
        """Be silent."""
