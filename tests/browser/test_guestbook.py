"""The guestbook as people meet it: in a browser, at a desk and on a phone."""

from __future__ import annotations

import base64
import itertools
import os
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from .conftest import Server

T = TypeVar("T")
PATIENCE = 10  # seconds that a page may take
PASSWORD = "correct horse"
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}
LARGEST_SCREENSHOT = 150 * 1024  # bytes; the README shows them
NAMES = (f"Reader{number}" for number in itertools.count(1))

# For each visible piece of text: its contrast with the nearest opaque background (WCAG 2.2).
CONTRAST = """
const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const parse = c => c.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = e => {
  for (; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c;
  }
  return [255, 255, 255];
};
const poor = [];
for (const e of document.querySelectorAll("body *")) {
  const text = [...e.childNodes].filter(n => n.nodeType === 3).map(n => n.data.trim()).join("");
  if (!text || !e.checkVisibility()) continue;
  const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) poor.push(`${text}: ${ratio.toFixed(2)}`);
}
return poor;
"""


class Person:
    """Somebody with a browser: finds things by what a page says, and waits for pages."""

    def __init__(self, driver: Chrome, server: Server, screen: str = "desktop") -> None:
        self.driver = driver
        self.server = server
        self.name = next(NAMES)
        self.set_screen(screen)

    def set_screen(self, screen: str, scale: float = 1) -> None:
        """Look at the site on a screen of `SCREENS`, with ``scale`` device pixels per pixel."""
        self.width, height = SCREENS[screen]
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=self.width,
            height=height,
            deviceScaleFactor=scale,
            mobile=screen == "phone",
        )

    def prefer(self, scheme: str) -> None:
        """Set the system's colour scheme, ``light`` or ``dark``."""
        wish = {"name": "prefers-color-scheme", "value": scheme}
        self.devtools("Emulation.setEmulatedMedia", features=[wish])

    def devtools(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol."""
        answer: dict[str, Any] = self.driver.execute_cdp_cmd(command, arguments)
        return answer

    def open(self, path: str = "/") -> None:
        """Open a page of the guestbook."""
        self.driver.get(self.server.url + path)

    def find(self, selector: str) -> WebElement:
        """Wait for an element and return it."""
        return self.until(lambda driver: driver.find_element(By.CSS_SELECTOR, selector))

    def until(self, condition: Callable[[Chrome], T]) -> T:
        """Wait until the condition holds, and return what it found."""
        return WebDriverWait(self.driver, PATIENCE, poll_frequency=0.05).until(condition)

    def texts(self, selector: str) -> list[str]:
        """Return what all matching elements say."""
        return [element.text for element in self.driver.find_elements(By.CSS_SELECTOR, selector)]

    def fill(self, **fields: str) -> None:
        """Type into fields by their id."""
        for name, text in fields.items():
            field = self.find(f"#{name}")
            if field.get_attribute("type") != "file":
                field.clear()
            field.send_keys(text)

    def press(self, label: str) -> None:
        """Press the button or link of this text, and wait until its page has gone."""
        old = self.find("html")
        named = f'[normalize-space()="{label}"]'
        buttons = self.driver.find_elements(By.XPATH, f"//button{named}")
        (buttons or self.driver.find_elements(By.XPATH, f"//a{named}"))[0].click()
        self.wait_for_change(old)

    def wait_for_change(self, old: WebElement) -> None:
        """Wait until another page has taken the place of the one ``old`` was on."""
        self.until(lambda driver: driver.find_element(By.CSS_SELECTOR, "html") != old)
        self.until(lambda driver: driver.execute_script("return document.readyState") == "complete")

    def focused(self) -> WebElement:
        """Return the element that has the keyboard."""
        return self.driver.switch_to.active_element

    def keys(self, *keys: str) -> None:
        """Type on the keyboard, wherever the focus is."""
        self.focused().send_keys(*keys)

    def sign_up(self) -> None:
        """Open an account under this person's name."""
        self.open("/sign-up")
        self.fill(name=self.name, password=PASSWORD, repeat=PASSWORD)
        self.press("Sign up")

    def write(self, text: str, picture: Path | None = None, description: str = "") -> None:
        """Write an entry."""
        self.open("/entries/new")
        self.fill(text=text)
        if picture:
            self.fill(image=str(picture), image_alt=description)
        self.press("Put it in the book")

    def assert_page_is_sound(self) -> None:
        """Nothing sticks out sideways, and the browser had nothing to complain about."""
        # Not innerWidth: a phone zooms out until everything fits, and innerWidth grows.
        width = self.driver.execute_script("return document.documentElement.scrollWidth")
        assert width <= self.width, f"{self.driver.current_url}: {width} px wide, not {self.width}"
        complaints = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if "the server responded with a status of" not in entry["message"]
        ]
        assert complaints == []

    def screenshot(self, path: Path) -> None:
        """Save what is on the screen."""
        picture = self.devtools("Page.captureScreenshot", format="png")["data"]
        path.write_bytes(base64.b64decode(picture))


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
