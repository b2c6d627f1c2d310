"""Flask-SocketIO: a chat room."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask_socketio import (
    ConnectionRefusedError,
    Namespace,
    SocketIO,
    SocketIOTestClient,
    disconnect,
    emit,
    join_room,
    leave_room,
    rooms,
    send,
)

from flask import Flask, current_app, g, request, session


class Loud(Namespace):
    """A class-based namespace."""

    def on_connect(self) -> None:
        emit("hello", {"space": self.namespace})

    def on_shout(self, text: str) -> str:
        self.emit("shouted", text.upper())
        return "done"


class Chat:
    def __init__(self, **options: Any) -> None:
        self.app = Flask(__name__)
        self.app.secret_key = "only for this test"
        self.io = SocketIO(self.app, async_mode="threading", **options)
        self.app.add_url_rule("/name/<name>", view_func=self.take_name)
        self.app.add_url_rule("/me", view_func=lambda: session.get("name", "nobody"))
        self.app.before_request(self.note_request)
        self.io.on_event("connect", self.connect)
        self.io.on_event("message", self.echo)
        self.io.on_event("json", self.echo)
        self.io.on_event("rename", self.rename)
        self.io.on_event("join", self.join)
        self.io.on_event("leave", self.leave)
        self.io.on_event("tell", self.tell)
        self.io.on_event("crash", self.crash)
        self.io.on_event("quit", lambda: disconnect())
        self.io.on_namespace(Loud("/loud"))
        self.requests = 0

    def note_request(self) -> None:
        self.requests += 1

    def take_name(self, name: str) -> str:
        session["name"] = name
        return name

    def connect(self, auth: Any = None) -> None:
        if auth == {"banned": True}:
            raise ConnectionRefusedError("banned")
        g.seen = True
        emit(
            "welcome", {"name": session.get("name"), "path": request.path, "app": current_app.name}
        )

    def echo(self, text: Any) -> None:
        send(text, json=isinstance(text, dict))

    def rename(self, name: str) -> dict[str, Any]:
        before = session.get("name")
        session["name"] = name
        return {"before": before, "sid": request.sid in rooms(), "g": "seen" in g}

    def join(self, room: str) -> None:
        join_room(room)
        emit("joined", session.get("name"), to=room, include_self=False)

    def leave(self, room: str) -> None:
        leave_room(room)

    def tell(self, room: str, text: str) -> None:
        emit("told", text, to=room)

    def crash(self, *args: Any) -> None:
        raise LookupError(request.event["message"])

    def enter(self, name: str | None = None, **options: Any) -> SocketIOTestClient:
        browser = self.app.test_client()
        if name:
            browser.get(f"/name/{name}")
        return self.io.test_client(self.app, flask_test_client=browser, **options)


def events(client: SocketIOTestClient, namespace: str | None = None) -> list[Any]:
    return [(event["name"], event["args"]) for event in client.get_received(namespace)]


@pytest.fixture
def chat() -> Chat:
    return Chat()


def test_connecting_greets_with_the_http_session(chat: Chat) -> None:
    """The connect handler runs in a context of the application, with the browser's session."""
    client = chat.enter("ada")

    assert client.is_connected()
    ((event, (welcome,)),) = events(client)
    assert event == "welcome"
    assert welcome == {"name": "ada", "path": "/socket.io", "app": __name__}


def test_messages_come_back(chat: Chat) -> None:
    """Text and JSON are received as they were sent."""
    client = chat.enter()
    client.get_received()
    client.send("hello")
    assert events(client) == [("message", "hello")]

    client.send({"n": [1, 2]}, json=True)
    assert events(client) == [("json", {"n": [1, 2]})]


def test_a_handler_writes_and_reads_the_session(chat: Chat) -> None:
    """What one event writes to the session, the next reads; `g` starts anew."""
    client = chat.enter("ada")

    first = client.emit("rename", "grace", callback=True)
    second = client.emit("rename", "joan", callback=True)
    assert first == {"before": "ada", "sid": True, "g": False}
    assert second["before"] == "grace"
    assert client.flask_test_client.get("/me").text == "ada"


def test_a_room_reaches_its_members(chat: Chat) -> None:
    """An event to a room is heard by who joined and has not left."""
    ada, grace, eve = (chat.enter(name) for name in ("ada", "grace", "eve"))
    ada.emit("join", "tea")
    grace.emit("join", "tea")
    eve.emit("tell", "tea", "it is ready")
    grace.emit("leave", "tea")
    eve.emit("tell", "tea", "it is cold")

    told = [args for name, args in events(ada) if name != "welcome"]
    assert told == [["grace"], ["it is ready"], ["it is cold"]]
    assert ("told", ["it is ready"]) in events(grace)
    assert [name for name, _ in events(eve)] == ["welcome"]


def test_a_refused_connection_is_closed(chat: Chat) -> None:
    """`ConnectionRefusedError` in the connect handler keeps the client out."""
    client = chat.enter(auth={"banned": True})

    assert not client.is_connected()
    with pytest.raises(RuntimeError, match="not connected"):
        client.emit("rename", "x")


def test_a_handler_may_disconnect(chat: Chat) -> None:
    """`disconnect` ends the connection from inside."""
    client = chat.enter()
    client.emit("quit")

    assert not client.is_connected()


def test_a_crash_reaches_the_error_handler(chat: Chat) -> None:
    """Without error handler the exception is raised; with one, it is told."""
    client = chat.enter()
    with pytest.raises(LookupError, match="crash"):
        client.emit("crash")

    @chat.io.on_error()
    def explain(error: Exception) -> str:
        return f"{type(error).__name__} {request.event['args']}"

    assert client.emit("crash", 1, 2, callback=True) == "LookupError (1, 2)"


def test_a_namespace_class_answers(chat: Chat) -> None:
    """A Namespace subclass of our own has its own events."""
    client = chat.enter(namespace="/loud")

    assert client.emit("shout", "hey", namespace="/loud", callback=True) == "done"
    assert events(client, "/loud") == [("hello", [{"space": "/loud"}]), ("shouted", ["HEY"])]


def test_sessions_may_be_shared_with_http() -> None:
    """With `manage_session=False` the application's own session interface is used."""
    chat = Chat(manage_session=False)
    client = chat.enter("ada")

    assert client.emit("rename", "grace", callback=True)["before"] == "ada"


def test_own_json_module_is_used() -> None:
    """A `json` module of our own writes what is sent."""

    class Sorted:
        @staticmethod
        def dumps(value: Any, **options: Any) -> str:
            return json.dumps(value, **{**options, "sort_keys": True})

        loads = staticmethod(json.loads)

    client = Chat(json=Sorted).enter("ada")

    ((_, (welcome,)),) = events(client)
    assert [*welcome] == ["app", "name", "path"]


def test_the_server_stands_before_the_application(chat: Chat) -> None:
    """The handshake is answered by the middleware; other paths reach the views."""
    client = chat.app.test_client()
    shake = client.get("/socket.io/?EIO=4&transport=polling")

    assert shake.status_code == 200
    assert shake.text.startswith("0{")
    assert '"sid":"' in shake.text
    assert client.get("/me").text == "nobody"
    assert client.get("/socket.io/?EIO=4&transport=smoke").status_code == 400
    assert chat.requests == 1
