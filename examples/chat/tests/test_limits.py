from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from flask.asgi.clientsockets import WebSocketClosed

import chat.limits
from chat.limits import RateLimit
from guests import Guest, on_loop

if TYPE_CHECKING:
    from flask import Flask

TOO_LONG = {
    "en": "Shorten the message to 1000 characters.",
    "ko": "메시지를 1000자 이하로 줄여 주세요.",
}
TOO_FAST = {
    "en": "That was a lot at once. Wait 10 s, then send it again.",
    "ko": "한꺼번에 너무 많이 보냈습니다. 10초 뒤에 다시 보내 주세요.",
}


@pytest.mark.parametrize("language", ["en", "ko"])
@on_loop
async def test_long_and_empty_messages_are_refused(app: Flask, language: str) -> None:
    """The limit counts characters, not bytes, and who hits it is told so in their language."""
    ada = Guest(app, "Ada", language)

    async with ada.in_room() as a:
        await a.say("한" * 1000)
        assert len((await a.hear("message"))["text"]) == 1000
        key = await a.say("한" * 1001)
        refused = await a.hear("refused")
        answer = await ada.post("x" * 1001, key=key)
        await a.say(" \n ")

        assert refused["key"] == key
        assert refused["message"] == TOO_LONG[language]
        assert (answer.status_code, answer.json) == (422, refused)
        assert (await a.hear("refused"))["code"] == "empty"


@pytest.mark.parametrize("language", ["en", "ko"])
@on_loop
async def test_too_many_messages_are_refused(app: Flask, language: str) -> None:
    """Eight messages in ten seconds, by whichever way; the ninth is told how long to wait."""
    app.extensions["chat.limit"] = RateLimit(8, 10, clock=lambda: 0.0)
    ada, minji = Guest(app, "Ada", language), Guest(app, "민지")

    async with ada.in_room() as a:
        for number in range(8):
            await a.say(f"{number}")
        await a.say("9")
        refused = await a.hear("refused")
        answer = await ada.post("10")
        await minji.join()

        assert (refused["code"], refused["wait"]) == ("too-fast", 10)
        assert refused["message"] == TOO_FAST[language]
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "10"
        assert answer.json["message"] == TOO_FAST[language]
        assert (await minji.post("others may")).status_code == 201


def test_rate_limit_looks_back_a_window() -> None:
    """A message is allowed again as soon as the first of the last ones is old enough."""
    now = [0.0]
    limit = RateLimit(2, 10, clock=lambda: now[0])

    assert limit.wait_for("ada") == 0
    now[0] = 4
    assert limit.wait_for("ada") == 0
    assert limit.wait_for("ada") == 6
    assert limit.wait_for("eve") == 0
    now[0] = 10
    assert limit.wait_for("ada") == 0
    assert limit.wait_for("ada") == 4


def test_silent_people_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit's memory does not grow with everybody who was ever here."""
    monkeypatch.setattr(chat.limits, "MOST_REMEMBERED", 10)
    now = [0.0]
    limit = RateLimit(1, 10, clock=lambda: now[0])

    for number in range(100):
        now[0] += 1
        limit.wait_for(f"{number}")

    assert len(limit._times) <= 11
    assert limit.wait_for("99") == 10


@on_loop
async def test_huge_frames_close_the_websocket(app: Flask) -> None:
    """What is larger than any message can be is not even read."""
    async with Guest(app, "Ada").in_room() as a:
        await a.say("x" * 20_000)
        with pytest.raises(WebSocketClosed) as closed:
            await a.hear("refused")

    assert closed.value.code == 1009


@on_loop
async def test_huge_requests_are_refused_in_json(app: Flask) -> None:
    """A script gets an answer that it can show."""
    ada = Guest(app, "Ada", "ko")
    await ada.join()

    answer = await ada.post("x" * 20_000)

    assert answer.status_code == 413
    assert answer.json["message"] == "메시지가 너무 깁니다."
