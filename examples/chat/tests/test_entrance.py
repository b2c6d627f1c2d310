from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from guests import Guest, on_loop

if TYPE_CHECKING:
    from flask import Flask


@on_loop
async def test_form_leads_into_the_room(app: Flask) -> None:
    """Name and room are kept in one spelling, and the page says both."""
    minji = Guest(app, "  민지   K. ")

    answer = await minji.join("Tea  Room")
    page = await minji.client.get(answer.location)

    assert (answer.status_code, answer.location) == (302, "/rooms/tea-room/")
    assert "<bdi>tea-room</bdi>" in page.text
    assert 'value="민지 K."' in (await minji.client.get("/")).text


@pytest.mark.parametrize(
    ("name", "room", "field"),
    [
        ("", "lobby", "name"),
        ("<b>", "lobby", "name"),
        ("x" * 25, "lobby", "name"),
        ("\u3164", "lobby", "name"),  # a letter that nobody can see
        ("a\u3164", "lobby", "name"),
        ("-a", "lobby", "name"),
        ("Ada", "", "room"),
        ("Ada", "a/b", "room"),
        ("Ada", "x" * 31, "room"),
        ("Ada", "../secret", "room"),
    ],
)
@on_loop
async def test_impossible_names_are_refused_at_their_field(
    app: Flask, name: str, room: str, field: str
) -> None:
    """The form comes back with what was typed, and says what can be typed instead."""
    answer = await Guest(app, name).join(room)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 1


@on_loop
async def test_taken_name_is_refused_before_entering(app: Flask) -> None:
    """A name is taken while its owner is in the room; its owner may come again."""
    ada, other = Guest(app, "Ada"), Guest(app, "ada", "ko")

    async with ada.in_room():
        refused = await other.join()
        assert refused.status_code == 422
        assert "라는 이름을 쓰는 사람이 있습니다." in refused.text
        assert (await other.join("elsewhere")).status_code == 302
        assert (await ada.join()).status_code == 302
    assert (await other.join()).status_code == 302


@on_loop
async def test_first_page_shows_where_others_are(app: Flask) -> None:
    """Rooms with somebody in them are listed with the number of people."""
    ada, minji = Guest(app, "Ada"), Guest(app, "민지")
    assert "Nobody is here yet." in (await ada.client.get("/")).text

    async with ada.in_room("tea"), minji.in_room("tea"), minji.in_room("커피"):
        page = (await ada.client.get("/")).text

    assert "2 people" in page
    assert "1 person" in page
    assert 'href="/rooms/%EC%BB%A4%ED%94%BC/"' in page


@on_loop
async def test_address_of_a_room_asks_for_a_name_first(app: Flask) -> None:
    """Who was sent a link comes to the entrance, with the room filled in."""
    guest = Guest(app, "Ada")

    answer = await guest.client.get("/rooms/Tea/")
    entrance = await guest.client.get(answer.location)

    assert answer.location == "/?room=tea"
    assert 'name="room" value="tea"' in entrance.text


@pytest.mark.parametrize("room", ["a.b", "x" * 31, "%00"])
@on_loop
async def test_rooms_that_cannot_be_are_not_found(app: Flask, room: str) -> None:
    """Addresses are held to the same rule as the form."""
    answer = await Guest(app, "Ada").client.get(f"/rooms/{room}/")

    assert answer.status_code == 404
    assert "A room&#39;s name has letters, digits and hyphens." in answer.text


@on_loop
async def test_page_hands_its_script_what_it_needs(app: Flask) -> None:
    """Addresses and texts come as JSON in the page, in its language."""
    guest = Guest(app, "Ada", "ko")
    await guest.join("script")

    page = (await guest.client.get("/rooms/script/")).text

    assert '"socket": "ws://localhost/rooms/script/socket"' in page
    assert "\\uc5f0\\uacb0\\ub428" in page  # 연결됨
    assert page.count("<script") == page.count("</script>") == 2
