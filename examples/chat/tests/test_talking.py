from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from flask.asgi.clientsockets import WebSocketClosed, WebSocketRejected

from guests import Guest, on_loop

if TYPE_CHECKING:
    from flask import Flask


@on_loop
async def test_message_reaches_everybody_in_the_room_and_nobody_else(app: Flask) -> None:
    """What is said in a room is heard there, by its author too, and in no other room."""
    ada, minji, eve = Guest(app, "Ada"), Guest(app, "민지"), Guest(app, "Eve")

    async with ada.in_room() as a, minji.in_room() as m, eve.in_room("elsewhere") as e:
        key = await a.say("안녕 <b>everybody</b>\nSecond line")
        heard = [await a.hear("message"), await m.hear("message")]
        await e.say("hello?")

        assert heard[0] == heard[1]
        assert heard[0]["name"] == "Ada"
        assert heard[0]["text"] == "안녕 <b>everybody</b>\nSecond line"
        assert heard[0]["key"] == key
        assert (await e.hear("message"))["text"] == "hello?"


@on_loop
async def test_both_ways_hear_and_say_the_same(app: Flask) -> None:
    """Who has no WebSocket hears the same events as a stream, and says things by POST."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.in_room() as a, minji.listening() as m:
        await m.hear("presence")
        await a.say("by WebSocket")
        assert await m.hear("message") == await a.hear("message")

        answer = await minji.post("by POST")
        assert answer.status_code == 201
        assert await m.hear("message") == await a.hear("message") == answer.json


@on_loop
async def test_messages_come_in_order(app: Flask) -> None:
    """However many speak at once, everybody hears the messages in the order of their numbers."""
    app.extensions["chat.limit"] = NoLimit()
    guests = [Guest(app, f"guest {number}") for number in range(4)]

    async with guests[0].in_room() as first:
        await asyncio.gather(*(guest.join() for guest in guests))
        await asyncio.gather(*(guest.post(f"{n}") for guest in guests for n in range(8)))
        ids = [(await first.hear("message"))["id"] for _ in range(32)]

    assert ids == list(range(1, 33))


class NoLimit:
    def wait_for(self, who: str) -> float:
        return 0.0


@on_loop
async def test_presence_tells_who_comes_and_leaves(app: Flask) -> None:
    """Everybody in a room learns who is there whenever that changes."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.in_room() as a:
        assert await a.people() == ["Ada"]
        async with minji.listening() as m:
            await m.hear("presence")
            assert await a.people() == ["Ada", "민지"]
        assert await a.people() == ["Ada"]


@on_loop
async def test_two_tabs_of_a_person_count_once(app: Flask) -> None:
    """A second tab changes nothing for the others, and closing one does not make its owner leave."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.in_room() as a:
        assert await a.people() == ["Ada"]
        async with ada.in_room() as second:
            assert await second.people() == ["Ada"]
        async with minji.in_room() as m:
            assert await m.people() == ["Ada", "민지"]
        assert await a.people() == ["Ada", "민지"]  # and none of the second tab before
        assert app.extensions["chat.rooms"].overview() == {"lobby": 1}
    assert app.extensions["chat.rooms"].overview() == {}


@on_loop
async def test_new_name_is_told(app: Flask) -> None:
    """Who takes another name in a second tab is the same person, with that name."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")

    async with ada.in_room(), minji.in_room() as m:
        assert await m.people() == ["Ada", "민지"]
        ada.name = "Countess"
        async with ada.in_room():
            assert await m.people() == ["Countess", "민지"]


@on_loop
async def test_name_of_somebody_present_is_refused(app: Flask) -> None:
    """Two people in a room never have the same name, whichever way they come in."""
    ada, other = Guest(app, "Ada"), Guest(app, "ADA", "ko")

    async with ada.in_room() as a:
        await other.join("elsewhere")  # nobody has the name there
        async with other.client.websocket("/rooms/lobby/socket") as socket:
            refused = await socket.receive_json()
            with pytest.raises(WebSocketClosed) as closed:
                await socket.receive()
        response = await other.client.get("/rooms/lobby/events")
        await a.say("alone")
        assert (await a.hear("came", "message"))["type"] == "message"

    assert refused["code"] == "name-taken"
    assert refused["message"].endswith("라는 이름을 쓰는 사람이 있습니다.")
    assert closed.value.code == 4000
    assert '"code":"name-taken"' in response.text.replace(" ", "")


@on_loop
async def test_nobody_without_a_name_takes_part(app: Flask) -> None:
    """Without a session there is neither hearing nor saying nor reading."""
    nobody = Guest(app, "")

    with pytest.raises(WebSocketRejected) as rejected:
        async with nobody.client.websocket("/rooms/lobby/socket"):
            pass
    answers = [
        await nobody.client.get("/rooms/lobby/events"),
        await nobody.client.get("/rooms/lobby/messages"),
        await nobody.post("hello"),
    ]

    assert rejected.value.response.status_code == 403
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert answers[0].json["message"] == "Choose a name first."


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://localhost"])
@on_loop
async def test_pages_of_other_sites_are_refused(app: Flask, origin: str) -> None:
    """Neither a form, a script nor a WebSocket of another site acts with a visitor's session."""
    ada = Guest(app, "Ada")
    await ada.join()
    headers = {"Origin": origin}

    with pytest.raises(WebSocketRejected) as rejected:
        async with ada.client.websocket("/rooms/lobby/socket", headers=headers):
            pass
    for path in ("/rooms/lobby/messages", "/join", "/language"):
        assert (await ada.client.post(path, headers=headers)).status_code == 403
    assert rejected.value.response.status_code == 403


@on_loop
async def test_own_pages_are_let_in(app: Flask) -> None:
    """The origin that a browser names for our own pages is accepted everywhere."""
    ada = Guest(app, "Ada")
    ada.client.environ_base["HTTP_ORIGIN"] = "http://localhost"

    async with ada.in_room() as a:
        assert (await ada.post("hello")).status_code == 201
        assert (await a.hear("message"))["text"] == "hello"


@pytest.mark.parametrize(
    "sent",
    [
        [],
        "text",
        {"text": "no key"},
        {"text": 1, "key": "k"},
        {"text": "x", "key": 1},
        {"text": "x", "key": "a key"},
    ],
)
@on_loop
async def test_malformed_messages_are_refused(app: Flask, sent: Any) -> None:
    """What no page of ours sends is refused in words, and the connection lives on."""
    ada = Guest(app, "Ada")

    async with ada.in_room() as a:
        await a.socket.send_json(sent)
        refused = await a.hear("refused")
        answer = await ada.client.post("/rooms/lobby/messages", json=sent)
        await a.say("still here")

        assert refused["code"] == answer.json["code"] == "malformed"
        assert answer.status_code == 422
        assert (await a.hear("message"))["text"] == "still here"


@on_loop
async def test_what_is_no_json_ends_the_websocket(app: Flask) -> None:
    """Who does not speak our language is sent away."""
    async with Guest(app, "Ada").in_room() as a:
        await a.socket.send("{")
        with pytest.raises(WebSocketClosed) as closed:
            await a.hear("never")

    assert closed.value.code == 1007


@on_loop
async def test_texts_are_cleaned(app: Flask) -> None:
    """Control characters, lone surrogates and blanks around a text are dropped."""
    async with Guest(app, "Ada").in_room() as a:
        await a.socket.send('{"text": "  a\\u0000b\\r\\n\\ud800c \\n", "key": "k"}')

        assert (await a.hear("message"))["text"] == "ab\nc"
