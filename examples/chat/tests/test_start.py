from __future__ import annotations

import re
import signal
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask.asgi.clientsockets import WebSocketClosed

import chat
from chat import create_app
from chat.shutdown import calling_at_signals
from guests import Guest, on_loop

if TYPE_CHECKING:
    from flask import Flask


def test_first_start_makes_a_private_folder(app: Flask, tmp_path: Path) -> None:
    """Database and key are made up once, and only their owner can read them."""
    folder = tmp_path / "instance"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert app.config["SECRET_KEY"] == (folder / "secret_key").read_text()
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert (folder / "chat.sqlite3").exists()


def test_settings_win_in_the_documented_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The argument wins over variables, these over the file, that over the defaults."""
    (tmp_path / "config.toml").write_text('LONGEST_TEXT = 1\nHEARTBEAT = 1\nSECRET_KEY = "file"\n')
    monkeypatch.setenv("CHAT_LONGEST_TEXT", "2")
    monkeypatch.setenv("CHAT_HEARTBEAT", "2")

    config = create_app({"HEARTBEAT": 3}, instance_path=str(tmp_path)).config

    assert config["SECRET_KEY"] == "file"
    assert config["LONGEST_TEXT"] == 2
    assert config["HEARTBEAT"] == 3
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"


@pytest.mark.parametrize("path", ["/", "/nowhere", "/rooms/lobby/messages", "/static/room.js"])
@on_loop
async def test_responses_carry_security_headers(app: Flask, path: str) -> None:
    """Pages, errors, JSON and files alike are hardened."""
    headers = (await Guest(app, "Ada").client.get(path)).headers

    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_pages_need_nothing_that_the_policy_forbids() -> None:
    """No template holds inline scripts, inline styles or handlers; data is no script."""
    for path in (Path(chat.__file__).parent / "templates").rglob("*.html"):
        source = path.read_text(encoding="utf-8")
        source = source.replace('<script type="application/json"', "").replace(' src="', "src")
        assert not re.search(r"<script(?![^>]*src)|<style|\sstyle=|\son\w+=", source), path


@on_loop
async def test_stop_ends_open_connections(app: Flask) -> None:
    """Both kinds of connections end at once, so that the server need not wait; browsers return."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.client, ada.in_room() as a, minji.listening() as m:
        await m.hear("presence")
        app.extensions["chat.rooms"].close()

        with pytest.raises(WebSocketClosed) as closed:
            await a.hear("never")
        with pytest.raises(StopAsyncIteration):
            await m.hear("never")
        with pytest.raises(WebSocketClosed):  # who comes while the server stops
            async with Guest(app, "Eve").in_room() as e:
                await e.hear("never")

    assert closed.value.code == 1012


@on_loop
async def test_signal_closes_the_rooms_before_the_server_waits(app: Flask) -> None:
    """SIGTERM and Ctrl-C reach the rooms and then the server's own handler, which is put back."""
    heard: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, frame: heard.append(number))
    try:
        ada = Guest(app, "Ada")
        async with ada.client, ada.in_room() as a:
            signal.raise_signal(signal.SIGTERM)
            with pytest.raises(WebSocketClosed):
                await a.hear("never")
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, previous)

    assert heard == [signal.SIGTERM, signal.SIGTERM]


def test_other_threads_leave_signals_alone() -> None:
    """A server that runs in a thread keeps its signals; Python would raise an error."""
    left: list[str] = []

    def serve() -> None:
        with calling_at_signals(lambda: None):
            left.append("served")

    before = signal.getsignal(signal.SIGTERM)
    thread = threading.Thread(target=serve)
    thread.start()
    thread.join()

    assert left == ["served"]
    assert signal.getsignal(signal.SIGTERM) is before
