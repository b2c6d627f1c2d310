from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import chat.feed
from chat import create_app, history, posting
from chat.feed import PAGE
from chat.identity import Person
from chat.rooms import MOST_WAITING, Rooms
from guests import Guest, on_loop

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

ADA = Person("a1", "Ada")


def fill(app: Flask, count: int, room: str = "lobby") -> None:
    """Say so many things before anybody comes."""
    with app.app_context():
        for number in range(1, count + 1):
            history.add(room, ADA, f"message {number}", f"{room}-{number}")


def texts(messages: list[dict[str, Any]]) -> list[str]:
    return [message["text"] for message in messages]


@on_loop
async def test_newcomer_sees_the_latest_messages_and_older_ones_on_demand(app: Flask) -> None:
    """The first event has the last page, and the JSON route goes back from there, to the start."""
    fill(app, 2 * PAGE + 3)
    fill(app, 3, room="elsewhere")
    minji = Guest(app, "민지")

    async with minji.in_room() as m:
        first = await m.hear("history")
    assert texts(first["messages"]) == [f"message {n}" for n in range(PAGE + 4, 2 * PAGE + 4)]
    assert first["has_older"]

    before = first["messages"][0]["id"]
    page = (await minji.client.get(f"/rooms/lobby/messages?before={before}")).json
    assert texts(page["messages"]) == [f"message {n}" for n in range(4, PAGE + 4)]
    assert page["has_older"]

    before = page["messages"][0]["id"]
    page = (await minji.client.get(f"/rooms/lobby/messages?before={before}")).json
    assert texts(page["messages"]) == ["message 1", "message 2", "message 3"]
    assert not page["has_older"]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "?before=x",
        "?before=-1",
        "?before=99999999999999999999",
        "?before=-99999999999999999999",
    ],
)
@on_loop
async def test_any_number_can_be_asked_for(app: Flask, before: str) -> None:
    """Numbers that no message has, or that are none, are no error."""
    fill(app, 1)
    minji = Guest(app, "민지")
    await minji.join()

    answer = await minji.client.get(f"/rooms/lobby/messages{before}")

    assert answer.status_code == 200
    events = f"/rooms/lobby/events{before.replace('before', 'after')}"
    async with minji.client.stream("GET", events) as stream:
        assert stream.status_code == 200
        async for _ in stream.chunks():
            break
    assert texts(answer.json["messages"]) == ([] if "=-" in before else ["message 1"])


@on_loop
async def test_who_comes_back_gets_what_was_missed(app: Flask) -> None:
    """`?after=` brings each message since, once, then what happens; not the history again."""
    fill(app, PAGE + 10)
    minji = Guest(app, "민지")

    async with minji.in_room(after=5) as m:
        missed = [await m.hear("message") for _ in range(PAGE + 5)]
        await m.say("new")
        assert [message["id"] for message in missed] == list(range(6, PAGE + 11))
        assert (await m.hear("message"))["text"] == "new"


@on_loop
async def test_broken_stream_goes_on_where_it_was(app: Flask) -> None:
    """`Last-Event-ID`, which a browser sends by itself, is newer than the address it began with."""
    fill(app, 3)
    minji = Guest(app, "민지")
    async with minji.listening() as m:
        await m.hear("history")
        last = m.last_id
    await minji.post("while away")

    headers = {"Last-Event-ID": last}
    async with minji.listening(query_string={"after": 1}, headers=headers) as m:
        assert last == "3"
        assert (await m.hear("message"))["text"] == "while away"


@on_loop
async def test_stream_tells_when_to_come_back(app: Flask) -> None:
    """The first thing a browser hears is how long to wait when the stream breaks."""
    async with Guest(app, "Ada").listening() as a:
        assert await a.next_block() == "retry: 2000"


@on_loop
async def test_message_said_while_the_history_is_read_comes_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the history and what happens next there is neither a gap nor an overlap."""

    def read_and_talk(*args: Any) -> Any:
        posting.say("lobby", ADA, {"text": "during, before reading", "key": "k1"})
        read = history.read_latest(*args)
        posting.say("lobby", ADA, {"text": "during, after reading", "key": "k2"})
        return read

    monkeypatch.setattr(chat.feed, "history", Reading(read_and_talk))

    async with Guest(app, "민지").in_room() as m:
        assert texts((await m.hear("history"))["messages"]) == ["during, before reading"]
        assert (await m.hear("message"))["text"] == "during, after reading"
        await m.say("afterwards")
        assert (await m.hear("message"))["text"] == "afterwards"


@on_loop
async def test_what_is_sent_twice_is_kept_once(app: Flask) -> None:
    """Who does not know whether a message arrived may send it again, under the same key."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.in_room() as a:
        await a.say("once", key="k")
        first = await a.hear("message")
        again = await ada.post("once", key="k")
        await minji.join()
        other = await minji.post("mine", key="k")  # the key of somebody else

        assert again.json == first
        assert (await a.hear("message")) == other.json
        assert other.json["text"] == "mine"


@on_loop
async def test_restart_keeps_everything(app: Flask, tmp_path: Path) -> None:
    """What was said, and who somebody is, survive the end of the process."""
    ada = Guest(app, "Ada")
    async with ada.client, ada.in_room() as a:
        await a.say("before")
        before = await a.hear("message")

    again = Guest(create_app({"TESTING": True}, instance_path=str(tmp_path / "instance")), "")
    cookie = ada.client.get_cookie("session")
    again.client.set_cookie("session", cookie.value)
    async with again.client, again.client.websocket("/rooms/lobby/socket") as socket:
        events = [await socket.receive_json(), await socket.receive_json()]

    by_type = {event["type"]: event for event in events}
    assert by_type["history"]["messages"] == [before]
    assert by_type["presence"]["people"] == {before["person"]: "Ada"}


@on_loop
async def test_connection_that_lags_is_given_up() -> None:
    """Events do not pile up for a reader that is too slow: it ends, and comes back for the rest."""
    rooms = Rooms()

    with rooms.listen("lobby", ADA) as slow:
        for number in range(MOST_WAITING + 10):
            rooms.publish("lobby", {"type": "message", "id": number})
        heard = [event async for event in slow]

    assert [event["id"] for event in heard[1:]] == list(range(MOST_WAITING - 1))


class Reading:
    """The history, with another way to read the latest messages."""

    def __init__(self, read_latest: Any) -> None:
        self.read_latest = read_latest
