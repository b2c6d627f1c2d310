from __future__ import annotations

from typing import Any

import pytest
from werkzeug.exceptions import SecurityError
from werkzeug.routing import BuildError

from flask import Blueprint, Flask, g, request, url_for
from flask.testing import FlaskClient


@pytest.fixture
def app(app: Flask) -> Flask:
    blueprint = Blueprint("shelf", "shop", url_prefix="/shelf")
    inner = Blueprint("box", "shop", url_prefix="/box")
    for part in (blueprint, inner):
        part.add_url_rule("/", "index", lambda: url_for(request.args["to"]))
    blueprint.register_blueprint(inner)
    app.register_blueprint(blueprint)
    app.add_url_rule("/", "index", lambda: url_for(request.args["to"]))
    app.add_url_rule("/item/<int:number>", "item", lambda number: "")
    app.add_url_rule("/read", "both", str, methods=["GET"])
    app.add_url_rule("/write", "both", str, methods=["POST"])
    return app


@pytest.mark.parametrize(
    ("endpoint", "values", "url"),
    [
        ("index", {}, "/"),
        ("item", {"number": 3}, "/item/3"),
        ("item", {"number": 3, "page": 2, "q": "a b"}, "/item/3?page=2&q=a+b"),
        ("item", {"number": 3, "tag": ["x", "y"]}, "/item/3?tag=x&tag=y"),
        ("item", {"number": 3, "none": None}, "/item/3"),
        ("item", {"number": 3, "_anchor": "end"}, "/item/3#end"),
        ("item", {"number": 3, "_anchor": "a b/é?x=1%20"}, "/item/3#a%20b/%C3%A9?x=1%20"),
        ("both", {"_method": "POST"}, "/write"),
        ("both", {"_method": "GET"}, "/read"),
        ("index", {"_external": True}, "http://localhost/"),
        ("index", {"_scheme": "https"}, "https://localhost/"),
        ("index", {"_scheme": "https", "_external": True}, "https://localhost/"),
        ("index", {"_scheme": "", "_external": True}, "//localhost/"),
        ("index", {"q": "é&="}, "/?q=%C3%A9%26%3D"),
        (".index", {}, "/"),
        ("shelf.index", {}, "/shelf/"),
        ("shelf.box.index", {}, "/shelf/box/"),
    ],
)
def test_url_inside_a_request(app: Flask, endpoint: str, values: Any, url: str) -> None:
    """Inside a request URLs are relative to the host unless asked otherwise."""
    with app.test_request_context("/"):
        assert url_for(endpoint, **values) == url
        assert app.url_for(endpoint, **values) == url


@pytest.mark.parametrize(
    ("path", "to", "url"),
    [
        ("/shelf/", ".index", "/shelf/"),
        ("/shelf/box/", ".index", "/shelf/box/"),
        ("/shelf/", ".box.index", "/shelf/box/"),
        ("/shelf/box/", "index", "/"),
        ("/", ".index", "/"),
    ],
)
def test_leading_dot_is_relative_to_the_blueprint(
    client: FlaskClient, path: str, to: str, url: str
) -> None:
    """An endpoint with a leading dot belongs to the blueprint of the request."""
    assert client.get(path, query_string={"to": to}).text == url


def test_external_scheme_needs_an_external_url(app: Flask) -> None:
    """A scheme makes no sense in a URL that is explicitly not external."""
    with (
        app.test_request_context("/"),
        pytest.raises(ValueError, match="When specifying '_scheme', '_external' must be True"),
    ):
        url_for("index", _scheme="https", _external=False)


def test_host_and_prefix_of_the_request_are_kept(app: Flask) -> None:
    """External URLs have scheme, host and script name of the request."""
    with app.test_request_context("/", base_url="https://shop.example:8443/app"):
        assert url_for("index") == "/app/"
        assert url_for("index", _external=True) == "https://shop.example:8443/app/"


class TestOutsideRequest:
    def test_server_name_is_needed(self, app: Flask) -> None:
        """Without request and SERVER_NAME there is no host to build a URL for."""
        with (
            app.app_context(),
            pytest.raises(RuntimeError, match="without 'SERVER_NAME' configured"),
        ):
            url_for("index")

    def test_three_settings_decide(self, app: Flask) -> None:
        """Outside a request host, prefix and scheme come from the configuration."""
        app.config.update(
            SERVER_NAME="shop.example", APPLICATION_ROOT="/app", PREFERRED_URL_SCHEME="https"
        )
        with app.app_context():
            assert url_for("index") == "https://shop.example/app/"
            assert url_for("index", _external=False) == "/app/"

    def test_the_method_of_the_app_needs_no_context(self, app: Flask) -> None:
        """``app.url_for`` works without any context when SERVER_NAME is set."""
        app.config["SERVER_NAME"] = "shop.example"

        assert app.url_for("item", number=1) == "http://shop.example/item/1"

    def test_the_function_needs_a_context(self) -> None:
        """Without a current application there is nobody to ask."""
        with pytest.raises(RuntimeError, match="Working outside of application context"):
            url_for("index")

    def test_relative_endpoint_is_not_known(self, app: Flask) -> None:
        """Outside a request no blueprint is current, so a leading dot has no meaning."""
        app.config["SERVER_NAME"] = "shop.example"
        with app.app_context(), pytest.raises(BuildError):
            url_for(".index")


class TestDefaultsAndErrors:
    def test_url_defaults_add_values(self, app: Flask) -> None:
        """Functions of app and blueprints add values, outer ones first, for their endpoints."""
        calls: list[tuple[str, str]] = []

        def noted(name: str) -> Any:
            def add(endpoint: str, values: dict[str, Any]) -> None:
                calls.append((name, endpoint))
                values.setdefault("from", name)

            return add

        app.url_default_functions[None].append(noted("app"))
        app.url_default_functions["shelf"].append(noted("shelf"))
        app.url_default_functions["shelf.box"].append(noted("box"))
        with app.test_request_context("/"):
            assert url_for("shelf.box.index") == "/shelf/box/?from=app"
            assert url_for("index") == "/?from=app"

        assert [name for name, _ in calls] == ["app", "shelf", "box", "app"]

    def test_given_values_win(self, app: Flask) -> None:
        """A default function sees the values that were given and may leave them."""

        @app.url_defaults
        def add(endpoint: str, values: dict[str, Any]) -> None:
            if app.url_map.is_endpoint_expecting(endpoint, "number"):
                values.setdefault("number", 7)

        with app.test_request_context("/"):
            assert url_for("item") == "/item/7"
            assert url_for("item", number=1) == "/item/1"
            assert url_for("index") == "/"

    def test_build_error_names_what_is_missing(self, app: Flask) -> None:
        """Without a rule that fits, BuildError is raised."""
        with app.test_request_context("/"):
            with pytest.raises(BuildError, match="number"):
                url_for("item")
            with pytest.raises(BuildError, match="nowhere"):
                url_for("nowhere")

    def test_handlers_are_asked_in_turn(self, app: Flask) -> None:
        """The first handler that returns a URL answers; it sees the special values too."""
        seen: list[dict[str, Any]] = []

        def decline(error: Exception, endpoint: str, values: dict[str, Any]) -> None:
            seen.append(dict(values))

        def fail(error: Exception, endpoint: str, values: dict[str, Any]) -> None:
            raise error

        app.url_build_error_handlers.extend(
            [decline, fail, lambda error, endpoint, values: f"/found/{endpoint}"]
        )
        with app.test_request_context("/"):
            assert url_for("nowhere", a=1, _anchor="x", _external=True) == "/found/nowhere"

        assert seen == [
            {"a": 1, "_anchor": "x", "_method": None, "_scheme": None, "_external": True}
        ]

    def test_last_error_is_raised_when_none_helps(self, app: Flask) -> None:
        """When handlers raise or return None, the last BuildError comes out."""

        def other(error: BuildError, endpoint: str, values: dict[str, Any]) -> None:
            raise BuildError("replaced", values, None)

        app.url_build_error_handlers.append(other)
        with app.test_request_context("/"), pytest.raises(BuildError, match="replaced"):
            url_for("nowhere")


class TestHosts:
    @pytest.mark.parametrize(
        ("trusted", "host", "status"),
        [
            (["shop.example"], "shop.example", 200),
            (["shop.example"], "evil.example", 400),
            (["shop.example"], "sub.shop.example", 400),
            ([".shop.example"], "sub.shop.example", 200),
            ([".shop.example"], "shop.example", 200),
            ([".shop.example"], "evilshop.example", 400),
            (["shop.example"], "", 400),
            (["shop.example"], "shop.example:8080", 200),
            (None, "evil.example", 200),
        ],
    )
    def test_untrusted_host_is_refused_though_nobody_asks(
        self, app: Flask, trusted: list[str] | None, host: str, status: int
    ) -> None:
        """TRUSTED_HOSTS answers 400 before the view runs, although it never reads the host."""
        app.config["TRUSTED_HOSTS"] = trusted
        ran: list[bool] = []
        app.add_url_rule("/plain", "plain", lambda: ran.append(True) or "x")

        response = app.test_client().get("/plain", headers={"Host": host})

        assert response.status_code == status
        assert bool(ran) is (status == 200)

    def test_refusal_passes_the_hooks_and_handlers(self, app: Flask) -> None:
        """A wrong host is a routing error like others: hooks run and a handler may answer."""
        app.config["TRUSTED_HOSTS"] = ["shop.example"]
        app.before_request(lambda: setattr(g, "seen", True))
        app.register_error_handler(SecurityError, lambda error: ("refused", 400))

        with app.test_client() as client:
            assert client.get("/", headers={"Host": "evil.example"}).text == "refused"
            assert g.seen

    def test_a_request_class_may_set_its_own(self, app: Flask) -> None:
        """Trusted hosts of the request class hold when the setting is not used."""

        class Careful(app.request_class):  # type: ignore[name-defined]
            trusted_hosts = ["shop.example"]

        app.request_class = Careful

        assert app.test_client().get("/", headers={"Host": "evil.example"}).status_code == 400

    def test_server_name_does_not_choose_the_host_of_rules(self, app: Flask) -> None:
        """SERVER_NAME alone refuses no request: any host reaches the views."""
        app.config["SERVER_NAME"] = "shop.example"
        app.add_url_rule("/host", "host", lambda: request.host)

        response = app.test_client().get("/host", base_url="http://other.example")

        assert (response.status_code, response.text) == (200, "other.example")

    def test_host_that_can_be_no_name_is_refused(self, app: Flask) -> None:
        """A Host header that is no domain name is answered 400."""
        client = app.test_client()

        for host in ("a..b", "a" * 64 + ".example"):
            assert client.get("/", headers={"Host": host}).status_code == 400


class TestSubdomainsAndHosts:
    @pytest.fixture
    def app(self) -> Flask:
        app = Flask("shop", subdomain_matching=True, static_folder=None)
        app.config.update(TESTING=True, SERVER_NAME="shop.example")
        app.add_url_rule("/", "main", lambda: "main")
        app.add_url_rule("/", "api", lambda: "api", subdomain="api")
        app.add_url_rule("/", "user", lambda user: user, subdomain="<user>.people")
        return app

    @pytest.mark.parametrize(
        ("base_url", "text"),
        [
            ("http://shop.example", "main"),
            ("http://api.shop.example", "api"),
            ("http://ann.people.shop.example", "ann"),
        ],
    )
    def test_subdomain_decides(self, client: FlaskClient, base_url: str, text: str) -> None:
        """With subdomain matching the part before SERVER_NAME chooses the rule."""
        assert client.get("/", base_url=base_url).text == text

    def test_foreign_host_matches_nothing(self, client: FlaskClient) -> None:
        """A host outside SERVER_NAME has no valid subdomain: 404, with Werkzeug's warning."""
        with pytest.warns(UserWarning, match="doesn't match configured server name"):
            assert client.get("/", base_url="http://other.example").status_code == 404

    def test_subdomain_argument_of_the_client(self, client: FlaskClient) -> None:
        """The client takes the subdomain as an argument."""
        assert client.get("/", subdomain="api").text == "api"

    def test_urls_of_other_subdomains_are_external(self, app: Flask) -> None:
        """A URL on another subdomain carries its host, one on the same does not."""
        with app.test_request_context("/", subdomain="api"):
            assert url_for("api") == "/"
            assert url_for("main") == "http://shop.example/"
            assert url_for("user", user="ann") == "http://ann.people.shop.example/"

    def test_default_subdomain_is_used_without_matching(self) -> None:
        """Without subdomain matching all hosts use the map's default subdomain."""
        app = Flask("shop", static_folder=None)
        app.url_map.default_subdomain = "www"
        app.config["SERVER_NAME"] = "shop.example"
        app.add_url_rule("/", "main", lambda: "main")
        app.add_url_rule("/", "api", lambda: "api", subdomain="api")

        response = app.test_client().get("/", base_url="http://api.shop.example")

        assert response.text == "main"

    def test_host_matching(self) -> None:
        """With host matching the whole host chooses the rule, whatever SERVER_NAME says."""
        app = Flask("shop", host_matching=True, static_folder=None)
        app.config["SERVER_NAME"] = "one.example"
        app.add_url_rule("/", "one", lambda: "one", host="one.example")
        app.add_url_rule("/", "two", lambda name: f"two {name}", host="<name>.example:81")
        client = app.test_client()

        assert client.get("/", base_url="http://one.example").text == "one"
        assert client.get("/", base_url="http://b.example:81").text == "two b"
        assert client.get("/", base_url="http://b.example").status_code == 404

    def test_static_host(self) -> None:
        """The static route belongs to ``static_host`` when hosts are matched."""
        app = Flask("shop", host_matching=True, static_host="files.example")
        app.config["SERVER_NAME"] = "one.example"
        with app.test_request_context("/", base_url="http://one.example"):
            assert url_for("static", filename="a.css") == "http://files.example/static/a.css"


def test_a_subclass_may_create_other_adapters() -> None:
    """``create_url_adapter`` returning None means no matching: the request is empty-handed."""

    class Custom(Flask):
        def create_url_adapter(self, request: Any) -> Any:
            adapter = super().create_url_adapter(request)
            if request is not None and adapter is not None:
                adapter.path_info = adapter.path_info.removeprefix("/shifted")
            return adapter

    app = Custom("shop")
    app.add_url_rule("/here", "here", lambda: request.path)

    assert app.test_client().get("/shifted/here").text == "/shifted/here"
