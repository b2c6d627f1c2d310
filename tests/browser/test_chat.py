"""The chat as two people meet in it: one at a desk in English, one on a phone in Korean."""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .people import CONTRAST, Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from .conftest import ChatServer

PROMPT = 3.0  # seconds within which a server stops, however many connections are open
# A proxy that lets no WebSocket through.
BLOCKED = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onclose?.({ code: 1006 })); }
  close() {}
};
"""


class Talker(Person):
    """Somebody who talks."""

    def join(self, name: str, room: str = "lobby", more: str = "") -> None:
        """Enter a room by the first page, and wait until the line is open."""
        self.name = name
        self.open("/")
        self.fill(name=name, room=room)
        self.find("form .primary").click()
        self.until(lambda driver: f"/rooms/{room}/" in driver.current_url)
        if more:
            self.open(f"/rooms/{room}/{more}")
        self.wait_for_state("open")

    def wait_for_state(self, *states: str) -> str:
        """Wait until the line has one of the states, and return how it goes."""
        status = self.find("#status")
        self.until(lambda _: status.get_attribute("data-state") in states)
        return status.get_attribute("data-transport") or ""

    def say(self, text: str) -> None:
        """Type a message and send it by Enter."""
        field = self.find("#text")
        field.send_keys(text)
        field.send_keys(Keys.ENTER)

    def messages(self) -> list[str]:
        """Return what was said, without drafts."""
        return self.texts(".message:not(.draft) .text")

    def wait_for(self, text: str, selector: str = ".message:not(.draft) .text") -> None:
        """Wait until something is on the page."""
        self.until(lambda _: text in self.texts(selector))

    def wait_for_people(self, *names: str) -> None:
        """Wait until just these people are there."""
        self.until(lambda _: set(self.texts("#people bdi")) == set(names))
        assert self.find("#count").text == f"({len(names)})"


@pytest.fixture
def ada(chromium: Chrome, chat_server: ChatServer) -> Iterator[Talker]:
    """Somebody at a desk, who reads English."""
    yield from visit(chromium, chat_server, "desktop")


@pytest.fixture
def minji(korean_chromium: Chrome, chat_server: ChatServer) -> Iterator[Talker]:
    """Somebody on a phone, who reads Korean."""
    yield from visit(korean_chromium, chat_server, "phone")


def visit(driver: Chrome, server: ChatServer, screen: str) -> Iterator[Talker]:
    driver.get_log("browser")  # what earlier tests left
    yield Talker(driver, server, screen)
    driver.delete_all_cookies()
    driver.get("about:blank")
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_two_people_talk(ada: Talker, minji: Talker) -> None:
    """Each sees the other come, what the other says, and the other leave, in their language."""
    ada.join("Ada")
    ada.wait_for_people("Ada")
    minji.join("민지")
    ada.wait_for_people("Ada", "민지")
    minji.wait_for_people("Ada", "민지")
    assert ada.texts(".note") == ["민지 came in"]
    assert (ada.find("#status").text, minji.find("#status").text) == ("Connected", "연결됨")

    ada.say("Hello, <b>who</b> is here?")
    minji.wait_for("Hello, <b>who</b> is here?")
    minji.say("안녕하세요!")
    ada.wait_for("안녕하세요!")
    assert ada.messages() == minji.messages() == ["Hello, <b>who</b> is here?", "안녕하세요!"]
    assert ada.texts(".message:not(.mine) bdi") == ["민지"]
    ada.assert_page_is_sound()
    minji.assert_page_is_sound()

    minji.open("/")
    ada.wait_for_people("Ada")
    ada.wait_for("민지 left", ".note")
    minji.open("/")  # when she left, the page may have been asked for before the line was closed
    assert minji.texts(".open-rooms span") == ["1명"]


@pytest.mark.parametrize("how", ["asked for", "blocked"])
def test_talking_without_websocket(ada: Talker, minji: Talker, how: str) -> None:
    """Where no WebSocket can be opened, events come as a stream, and it feels the same."""
    ada.join("Ada")
    if how == "asked for":
        minji.join("민지", more="?transport=sse")
    else:
        command = "Page.addScriptToEvaluateOnNewDocument"
        script = minji.devtools(command, source=BLOCKED)["identifier"]
        minji.join("민지")
        minji.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=script)
    assert (ada.wait_for_state("open"), minji.wait_for_state("open")) == ("ws", "sse")
    assert minji.find("#status").text == "연결됨 (WebSocket 없이)"

    ada.wait_for_people("Ada", "민지")
    for text in ("하나", "둘", "셋"):
        minji.say(text)
    ada.wait_for("셋")
    ada.say("four")
    minji.wait_for("four")
    assert ada.messages() == minji.messages() == ["하나", "둘", "셋", "four"]
    minji.assert_page_is_sound()


def test_server_restarts(ada: Talker, minji: Talker, chat_server: ChatServer) -> None:
    """A stop is prompt; who waits comes back by themselves, and nothing is lost or said twice."""
    ada.join("Ada")
    minji.join("민지", more="?transport=sse")
    ada.say("before")
    minji.wait_for("before")

    began = time.monotonic()
    chat_server.stop()
    assert time.monotonic() - began < PROMPT
    log = chat_server.log.read_text()
    assert not any(word in log for word in ("Traceback", "ERROR", "WARNING")), log
    ada.wait_for_state("waiting", "connecting")
    ada.say("meanwhile, from Ada")
    minji.wait_for_state("waiting", "connecting")
    minji.say("그동안, 민지가")
    assert ada.texts(".draft .text") == ["meanwhile, from Ada"]
    assert ada.messages() == ["before"]

    chat_server.start()
    ada.wait_for("그동안, 민지가")
    minji.wait_for("meanwhile, from Ada")
    assert sorted(ada.messages()) == sorted(minji.messages())
    assert len(ada.messages()) == 3
    assert ada.texts(".draft") == minji.texts(".draft") == []
    ada.wait_for_people("Ada", "민지")
    assert ada.wait_for_state("open") == "ws"


def test_older_messages_come_by_a_button(ada: Talker, chat_server: ChatServer) -> None:
    """The page begins with the end of the history; older messages do not move what is read."""
    with sqlite3.connect(chat_server.instance / "chat.sqlite3") as connection:
        connection.executemany(
            "INSERT INTO message (room, person, name, text, key, created_at)"
            " VALUES ('lobby', 'e1', 'Eve', ?, ?, '2026-11-20T10:00:00+00:00')",
            [(f"message {number}", f"{number}") for number in range(1, 61)],
        )
    connection.close()
    ada.join("Ada")
    ada.wait_for("message 60")
    assert len(ada.messages()) == 50

    ada.driver.execute_script("document.getElementById('log').scrollTop = 0")
    shown = ada.driver.find_elements(By.CSS_SELECTOR, ".message")[3]
    place = shown.rect["y"]
    ada.find("#older").click()
    ada.wait_for("message 1")

    assert len(ada.messages()) == 60
    assert abs(shown.rect["y"] - place) < 60  # the button has gone
    assert not ada.find("#older").is_displayed()


def test_refused_message_can_be_sent_again(ada: Talker) -> None:
    """Who is too fast is told so, and keeps what was written."""
    ada.join("Ada")
    for number in range(9):
        ada.say(f"{number}")

    ada.until(lambda _: ada.find("#problem").text.startswith("That was a lot at once. Wait"))
    assert ada.find("#text").get_property("value") == "8"
    ada.wait_for("7")
    assert ada.messages() == [f"{number}" for number in range(8)]
    assert ada.texts(".draft") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(ada: Talker, minji: Talker, scheme: str) -> None:
    """All text contrasts with its ground by 4.5 to 1 at least, and controls have names."""
    for talker in (ada, minji):
        talker.prefer(scheme)
        talker.open("/")
        assert talker.driver.execute_script(CONTRAST) == []
        talker.join(f"{scheme}-{talker.width}")
        talker.say("Good to read")
        talker.wait_for("Good to read")
        assert talker.driver.execute_script(CONTRAST) == []
    minji.say("그래요")
    ada.wait_for("그래요")
    assert ada.driver.execute_script(CONTRAST) == []

    nodes = ada.devtools("Accessibility.getFullAXTree")["nodes"]
    spoken = {"link", "button", "textbox", "log", "form", "region", "complementary"}
    nameless = [
        node["role"]["value"]
        for node in nodes
        if not node["ignored"]
        and node["role"]["value"] in spoken
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []
