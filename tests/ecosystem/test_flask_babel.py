"""Flask-Babel: a greeting in three languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from flask_babel import (
    Babel,
    Domain,
    force_locale,
    format_currency,
    format_date,
    format_datetime,
    get_locale,
    get_timezone,
    gettext,
    lazy_gettext,
    ngettext,
    refresh,
    to_user_timezone,
)

from flask import Flask, g, render_template_string, request, session
from flask.testing import FlaskClient

WELCOME = lazy_gettext("Welcome")
TEXTS = {
    "ko": {"Hello, %(name)s!": "%(name)s 님, 안녕하세요!", "Welcome": "환영합니다"},
    "de": {"Hello, %(name)s!": "Hallo, %(name)s!", "Welcome": "Willkommen"},
}
PLURALS = {
    "ko": (("%(num)s guest", "%(num)s guests"), ("손님 %(num)s명",)),
    "de": (("%(num)s guest", "%(num)s guests"), ("%(num)s Gast", "%(num)s Gäste")),
}
PAGE = "{{ _('Welcome') }} {{ 1234.5|numberformat }} {{ day|dateformat('short') }} {% trans %}Welcome{% endtrans %}"


def write_catalogues(folder: Path) -> None:
    for language, texts in TEXTS.items():
        catalogue = Catalog(locale=language)
        for text, translation in texts.items():
            catalogue.add(text, translation)
        catalogue.add(*PLURALS[language])
        place = folder / language / "LC_MESSAGES"
        place.mkdir(parents=True)
        with (place / "messages.mo").open("wb") as file:
            write_mo(file, catalogue)


def select_locale() -> str | None:
    if "language" in session:
        return str(session["language"])
    return request.accept_languages.best_match(["en", "ko", "de"])


def create_hall(folder: Path, selector: Callable[[], Any] = select_locale, **options: Any) -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(folder)
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Seoul"
    Babel(app, locale_selector=selector, **options)
    app.add_url_rule(
        "/hello/<name>",
        view_func=lambda name: gettext("Hello, %(name)s!", name=name),
        endpoint="hello",
    )
    app.add_url_rule(
        "/guests/<int:n>", view_func=lambda n: ngettext(*PLURALS["de"][0], n), endpoint="guests"
    )
    app.add_url_rule("/page", view_func=show_page)
    app.add_url_rule("/language/<language>", view_func=choose, methods=["PUT"])
    app.add_url_rule("/lazy", view_func=lambda: {"text": WELCOME}, endpoint="lazy")
    return app


def show_page() -> str:
    return render_template_string(PAGE, day=date(2026, 3, 9))


def choose(language: str) -> str:
    session["language"] = language
    refresh()
    return str(WELCOME)


@pytest.fixture
def hall(tmp_path: Path) -> Flask:
    write_catalogues(tmp_path)
    return create_hall(tmp_path)


@pytest.fixture
def client(hall: Flask) -> FlaskClient:
    return hall.test_client()


def ask(client: FlaskClient, path: str, language: str = "en") -> str:
    return client.get(path, headers={"Accept-Language": language}).text


def test_the_visitor_is_greeted_in_their_language(client: FlaskClient) -> None:
    """The locale selector sees the request, and gettext follows it."""
    greetings = [ask(client, "/hello/Ada", language) for language in ("en", "ko", "de", "fr")]

    assert greetings == ["Hello, Ada!", "Ada 님, 안녕하세요!", "Hallo, Ada!", "Hello, Ada!"]


def test_plural_forms_follow_the_language(client: FlaskClient) -> None:
    """Each language has its own number of plural forms."""
    counted = [
        ask(client, f"/guests/{n}", language) for language in ("en", "ko", "de") for n in (1, 2)
    ]

    assert counted == ["1 guest", "2 guests", "손님 1명", "손님 2명", "1 Gast", "2 Gäste"]


def test_templates_translate_and_format(client: FlaskClient) -> None:
    """Templates have `_`, the trans block and the format filters."""
    assert ask(client, "/page", "de") == "Willkommen 1.234,5 09.03.26 Willkommen"
    assert ask(client, "/page", "ko").startswith("환영합니다 1,234.5 26. 3. 9.")


def test_a_chosen_language_is_written_and_read_back(client: FlaskClient) -> None:
    """A language kept in the session wins over the browser's wish."""
    assert client.put("/language/ko", headers={"Accept-Language": "de"}).text == "환영합니다"

    assert ask(client, "/hello/Ada", "de") == "Ada 님, 안녕하세요!"


def test_dates_and_money_follow_locale_and_timezone(hall: Flask) -> None:
    """Formatting uses the request's locale and the configured zone."""
    moment = datetime(2026, 3, 9, 20, 30, tzinfo=UTC)
    with hall.test_request_context(headers={"Accept-Language": "de"}):
        assert get_locale() == Locale("de")
        assert str(get_timezone()) == "Asia/Seoul"
        assert format_datetime(moment, "short") == "10.03.26, 05:30"
        assert to_user_timezone(moment).hour == 5
        assert format_date(moment.date(), "full") == "Montag, 9. März 2026"
        assert "1.099,98" in format_currency(1099.98, "EUR")


def test_a_lazy_text_becomes_json_and_html(client: FlaskClient) -> None:
    """A lazy text is made into a string by JSON too, in the language of the request."""
    answer = client.get("/lazy", headers={"Accept-Language": "de"})

    assert answer.status_code == 200, answer.text


def test_a_language_can_be_forced(hall: Flask) -> None:
    """`force_locale` holds inside its block only."""
    with hall.test_request_context(headers={"Accept-Language": "de"}):
        with force_locale("ko"):
            assert gettext("Welcome") == "환영합니다"
        assert gettext("Welcome") == "Willkommen"


def test_an_unknown_locale_is_an_error(tmp_path: Path) -> None:
    """A selector naming a language that does not exist fails loudly."""
    app = create_hall(tmp_path, selector=lambda: "tlh")
    with app.test_request_context(), pytest.raises(UnknownLocaleError):
        gettext("Welcome")


def test_without_catalogue_the_text_stays(tmp_path: Path) -> None:
    """A language without translations shows the original."""
    app = create_hall(tmp_path / "empty", selector=lambda: "ko")

    assert app.test_client().get("/hello/Ada").text == "Hello, Ada!"


def test_own_selectors_see_the_application(tmp_path: Path) -> None:
    """Selectors of our own may use `g`; the time zone has one too."""
    write_catalogues(tmp_path)
    app = create_hall(tmp_path, selector=lambda: g.get("wish"), timezone_selector=lambda: "UTC")

    @app.before_request
    def wish() -> None:
        g.wish = request.args.get("wish")

    assert app.test_client().get("/hello/Ada?wish=de").text == "Hallo, Ada!"
    with app.test_request_context():
        assert str(get_timezone()) == "UTC"


def test_own_domain_reads_its_own_file(tmp_path: Path) -> None:
    """A Domain of another name reads another catalogue."""
    write_catalogues(tmp_path)
    folder = tmp_path / "de" / "LC_MESSAGES"
    (folder / "messages.mo").rename(folder / "hall.mo")
    app = create_hall(tmp_path, selector=lambda: "de")
    domain = Domain(domain="hall")
    with app.test_request_context():
        assert gettext("Welcome") == "Welcome"
        assert domain.gettext("Welcome") == "Willkommen"
