"""Somebody with a browser, for the tests of both examples."""

from __future__ import annotations

import base64
import itertools
from typing import TYPE_CHECKING, Any, TypeVar

from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from .conftest import Server

T = TypeVar("T")
PATIENCE = 10  # seconds that a page may take
PASSWORD = "correct horse"
SCREENS = {"desktop": (1280, 900), "phone": (390, 844)}
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
