"""The guestbook as people meet it: in a browser, at a desk and on a phone."""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from selenium.webdriver.common.keys import Keys

from .people import CONTRAST, PASSWORD, SCREENS, Person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver import Chrome

    from .conftest import Server

LARGEST_SCREENSHOT = 150 * 1024  # bytes; the README shows them


@pytest.fixture
def driver(chromium: Chrome, server: Server) -> Iterator[Chrome]:
    """The browser of somebody who has never been here."""
    chromium.delete_all_cookies()
    chromium.get_log("browser")  # what earlier tests left
    yield chromium
    chromium.get(server.url)  # cookies can only be deleted while their site is open
    chromium.delete_all_cookies()
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture(params=SCREENS)
def person(driver: Chrome, server: Server, request: pytest.FixtureRequest) -> Person:
    """A new visitor, at a desk and on a phone."""
    return Person(driver, server, request.param)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A real PNG file of 64 by 40 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(
        b"\0" + b"".join(bytes((x * 4, y * 6, 128)) for x in range(64)) for y in range(40)
    )
    path = tmp_path / "view.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 40, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path


def test_entry_with_a_picture_is_written_and_read(person: Person, picture: Path) -> None:
    """Sign up, write with a picture, see both, sign out: each step says that it worked."""
    person.sign_up()
    assert person.texts(".flash") == [f"Welcome, {person.name}!"]
    assert person.texts(".who bdi") == [person.name]
    person.assert_page_is_sound()

    person.write("Two lines\nand an owl", picture, "Blue to yellow")
    assert person.texts(".flash") == ["Your entry is in the book. Thank you!"]
    assert person.texts(".words")[0] == "Two lines\nand an owl"
    shown = person.find(".entry img")
    assert shown.get_attribute("alt") == "Blue to yellow"
    person.until(lambda _: shown.get_property("naturalWidth") == 64)
    person.assert_page_is_sound()

    person.find("a.frame").click()
    assert person.find("figcaption").text == "Blue to yellow"
    person.assert_page_is_sound()

    person.press("Sign out")
    assert person.texts(".flash") == ["You are signed out. See you soon!"]
    assert "Sign in" in person.texts(".account a")


def test_own_entry_is_deleted_after_a_question(person: Person) -> None:
    """Deleting takes two steps, and the entry is gone."""
    person.sign_up()
    person.write("Not for long")
    person.find("a.moment").click()
    person.press("Delete this entry")
    person.assert_page_is_sound()
    person.press("Delete")

    assert person.texts(".flash") == ["The entry is deleted."]
    assert "Not for long" not in person.texts(".words")


def test_missing_page_and_language_switch(person: Person) -> None:
    """The 404 page is part of the site; the switch changes its language and changes it back."""
    person.open("/nowhere")
    assert person.find("h1").text == "Nothing here"
    person.assert_page_is_sound()

    person.press("한국어")
    assert person.driver.current_url.endswith("/nowhere")
    assert person.find("html").get_attribute("lang") == "ko"
    assert person.find("h1").text == "여기에는 아무것도 없습니다"
    person.assert_page_is_sound()

    person.press("방명록으로 돌아가기")
    assert person.find("h1").text == "한마디 남겨 주세요"
    person.assert_page_is_sound()

    person.press("English")
    assert person.find("html").get_attribute("lang") == "en"


def test_search_finds_an_entry(person: Person) -> None:
    """A search shows what matches, says how much that is, and can be left."""
    person.sign_up()
    person.write(f"{person.name} counted 100% of the owls")
    person.write(f"{person.name} counted 1000 owls")

    person.open("/")
    person.fill(q=f"{person.name} counted 100%")
    person.press("Search")

    assert person.texts(".words") == [f"{person.name} counted 100% of the owls"]
    assert person.find("h2").text == f"1 entry with “{person.name} counted 100%”"
    person.assert_page_is_sound()
    person.press("Show all")
    assert len(person.texts(".words")) >= 2


def test_keyboard_alone_signs_in(person: Person) -> None:
    """Tab, Enter and typing are enough, and the focus is always visible."""
    person.sign_up()
    person.press("Sign out")
    person.open("/")

    tab_to(person, lambda element: element.text == "Sign in")
    old = person.find("html")
    person.keys(Keys.ENTER)
    person.wait_for_change(old)
    tab_to(person, lambda element: element.get_attribute("id") == "name")
    person.keys(person.name, Keys.TAB)
    assert person.focused().get_attribute("id") == "password"
    old = person.find("html")
    person.keys(PASSWORD, Keys.ENTER)
    person.wait_for_change(old)

    assert person.texts(".flash") == [f"Welcome back, {person.name}!"]


def test_skip_link_leads_past_the_header(person: Person) -> None:
    """The first stop of the keyboard is a visible link to the content."""
    person.open("/")
    person.keys(Keys.TAB)
    link = person.focused()
    assert link.text == "Skip to content"
    assert link.rect["y"] >= 0

    person.keys(Keys.ENTER)
    person.until(lambda _: person.focused().get_attribute("id") == "content")


def test_mistakes_are_shown_at_their_field(person: Person, tmp_path: Path) -> None:
    """A refused form keeps what was typed, and the focus is where to go on."""
    person.sign_up()
    fake = tmp_path / "owl.png"
    fake.write_text("<script>alert(1)</script>")
    person.write("Kept", fake)

    field = person.focused()
    assert field.get_attribute("id") == "image"
    assert field.get_attribute("aria-invalid") == "true"
    described = (field.get_attribute("aria-describedby") or "").split()
    assert person.find(f"#{described[0]}").text == "This is not a PNG, JPEG, GIF or WebP picture."
    assert person.find("#text").get_property("value") == "Kept"
    person.assert_page_is_sound()


def test_too_large_a_picture_gets_its_page(person: Person, tmp_path: Path) -> None:
    """Who sends too much sees why, not a broken connection."""
    person.sign_up()
    huge = tmp_path / "huge.png"
    huge.write_bytes(bytes(5 * 1024 * 1024))
    person.write("Too much", huge)

    assert person.find("h1").text == "Too much at once"
    person.assert_page_is_sound()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(driver: Chrome, seeded_server: Server, scheme: str) -> None:
    """All text contrasts with its ground by 4.5 to 1 at least, by day and by night."""
    person = Person(driver, seeded_server)
    person.prefer(scheme)
    person.open("/sign-up")
    person.press("Sign up")
    assert person.driver.execute_script(CONTRAST) == [], "a form with errors"
    person.sign_up()
    assert person.driver.execute_script(CONTRAST) == [], "a flashed message"
    for path in ("/?page=2", "/?q=nothing-like-it", "/entries/24", "/entries/new", "/nowhere"):
        person.open(path)
        assert person.driver.execute_script(CONTRAST) == [], path


def test_theme_switch_wins_over_the_system(person: Person) -> None:
    """Light and dark can be chosen, whatever the system prefers."""
    person.prefer("light")
    person.open()
    day = ground(person)

    person.press("Dark")
    night = ground(person)
    person.press("Automatic")
    assert ground(person) == day != night

    person.prefer("dark")
    assert ground(person) == night
    person.press("Light")
    assert ground(person) == day


def test_controls_have_names_for_screen_readers(person: Person, picture: Path) -> None:
    """Each link, button, field and picture tells what it is."""
    person.sign_up()
    person.write("An owl", picture)
    for path in ("/", "/entries/new", "/nowhere"):
        person.open(path)
        nodes = person.devtools("Accessibility.getFullAXTree")["nodes"]
        spoken = {"link", "button", "textbox", "searchbox", "image", "group", "navigation"}
        nameless = [
            node["role"]["value"]
            for node in nodes
            if not node["ignored"]
            and node["role"]["value"] in spoken
            and not node.get("name", {}).get("value")
        ]
        assert nameless == [], path


def test_screenshots_are_small(driver: Chrome, seeded_server: Server, tmp_path: Path) -> None:
    """The README's pictures are taken here; with SCREENSHOTS=1 they are kept in docs/images."""
    folder = Path(__file__).parents[2] / "docs" / "images"
    if os.environ.get("SCREENSHOTS") != "1":
        folder = tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    person = Person(driver, seeded_server)
    shots = {
        "desktop": ("desktop", "light"),
        "dark": ("desktop", "dark"),
        "phone": ("phone", "light"),
    }

    for name, (screen, scheme) in shots.items():
        person.set_screen(screen, scale=1.5 if screen == "phone" else 1)
        person.prefer(scheme)
        person.open("/")
        person.screenshot(folder / f"guestbook-{name}.png")
        assert (folder / f"guestbook-{name}.png").stat().st_size < LARGEST_SCREENSHOT


def tab_to(person: Person, wanted: Any) -> None:
    """Press Tab until the focus is on what is wanted, checking that each stop is visible."""
    for _ in range(20):
        person.keys(Keys.TAB)
        element = person.focused()
        if element.tag_name != "body":
            outline = element.value_of_css_property("outline-style")
            assert outline != "none", f"no focus ring on {element.text!r}"
        if wanted(element):
            return
    pytest.fail("twenty times Tab did not lead there")


def ground(person: Person) -> str:
    """Return the colour of the page."""
    return person.find("html").value_of_css_property("background-color")
