"""Our echoes answer any frames as a bare ASGI echo does on the same server."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest
from cases import CASES, Case
from frames import CLOSE, Frame, Peer
from serving import SERVERS, serve


@dataclass(frozen=True)
class Told:
    """What came back: messages and control frames; the code of a close; whether the rest held."""

    messages: tuple[Frame, ...]
    is_closed: bool
    code: int | None
    is_strict: bool
    """As RFC 6455 wants it; a connection may fail without a close frame."""


def talk(port: int, path: str, case: Case) -> Told | None:
    """Have a conversation; None when the server does not compress."""
    peer = Peer(port, path, compresses=case.compresses)
    try:
        if case.compresses and not peer.can_compress:
            return None
        came: list[Frame] = []
        wanted = [frame for _, back in case.steps for frame in back]
        for frames, back in case.steps:
            peer.send(b"".join(frame.encode() for frame in frames), case.chop)
            for _ in back:
                if (frame := peer.receive_message()) is None or frame.opcode == CLOSE:
                    return told(came, frame, False)
                came.append(frame)
        with suppress(ConnectionError):  # the server may have seen enough
            peer.send(b"".join(frame.encode() for frame in case.last), case.chop)
        while (frame := peer.receive_message()) is not None and frame.opcode != CLOSE:
            came.append(frame)
        end = told(came, frame, came == wanted)
        is_right = end.code in case.codes if end.is_closed else 1000 not in case.codes
        return Told(end.messages, end.is_closed, end.code, end.is_strict and is_right)
    finally:
        peer.close()


def told(came: list[Frame], last: Frame | None, is_strict: bool) -> Told:
    code = int.from_bytes(last.payload[:2], "big") if last and last.payload else None
    return Told(tuple(came), last is not None, code, is_strict)


@pytest.fixture(scope="module", params=list(SERVERS))
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Each server in turn, in a process of its own."""
    with serve(request.param) as port:
        yield port


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("echo", ["coroutine", "plain"])
def test_as_bare(port: int, case: Case, echo: str) -> None:
    """Whatever comes, our handlers let the server answer as it answers for a bare application."""
    bare = talk(port, "/bare", case)

    assert talk(port, f"/{echo}", case) == bare


# granian closes without a code where 1002 or 1007 is due; the other heeds no close within a message.
LOOSE = {"granian": 60, "uvicorn-sansio": 1}


@pytest.mark.parametrize("echo", ["bare", "coroutine", "plain"])
def test_protocol(port: int, echo: str, request: pytest.FixtureRequest) -> None:
    """The servers follow RFC 6455, but for a few corners, which are not ours."""
    told = {case.name: talk(port, f"/{echo}", case) for case in CASES}
    loose = [name for name, one in told.items() if one is not None and not one.is_strict]

    assert len(loose) <= LOOSE.get(request.node.callspec.params["port"], 0), loose


def test_requests_of_a_connection_have_their_own_g(port: int) -> None:
    """What the request before has left in g is not seen, also after a body that made it wait."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    for number in range(5):
        connection.request("POST", f"/upload?mark={number}", b"x" * 500_000)
        assert connection.getresponse().read() == b"nothing"
    connection.close()
