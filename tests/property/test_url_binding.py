"""The URL map binds a request as Werkzeug's does, and builds the same URLs."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BuildError, Map, Rule

from flask import Flask
from flask.routing import URLMap

wsgi_text = st.text(st.characters(max_codepoint=255), max_size=8)
hosts = st.none() | st.sampled_from(
    [
        *(
            "shop.example",
            "shop.example:80",
            "shop.example:443",
            "shop.example:5000",
            "SHOP.example",
        ),
        *("[::1]:80", "1.2.3.4", "a..b", "", "no name", "é.example", "xn--bcher-kva.example"),
        "x" * 64 + ".example",
    ]
)
environs = st.fixed_dictionaries(
    {
        "wsgi.url_scheme": st.sampled_from(["http", "https", "ws", "wss"]),
        "REQUEST_METHOD": st.sampled_from(["GET", "POST", "get"]),
        "SERVER_NAME": st.sampled_from(["server.example", "::1"]),
        "SERVER_PORT": st.sampled_from(["80", "443", "8000"]),
    },
    optional={
        "HTTP_HOST": hosts.filter(lambda host: host is not None),
        "SCRIPT_NAME": st.sampled_from(["", "/", "/app", "/app/", "/\xc3\xa9", "/\xff"]),
        "PATH_INFO": wsgi_text.map("/{}".format) | st.just(""),
        "QUERY_STRING": wsgi_text,
        "HTTP_UPGRADE": st.sampled_from(["websocket", "h2c"]),
        "HTTP_CONNECTION": st.sampled_from(["Upgrade", "keep-alive, upgrade", "close"]),
    },
)
server_names = st.sampled_from([None, "shop.example", "shop.example:5000", "other.example"])
subdomains = st.sampled_from([None, "", "www"])


def outcome(url_map: Map, environ: dict[str, Any], **options: Any) -> Any:
    try:
        urls = url_map.bind_to_environ(environ, **options)
    except (HTTPException, RuntimeError) as error:
        return type(error), str(error)
    names = (
        *("server_name", "script_name", "subdomain", "url_scheme", "path_info", "websocket"),
        *("default_method", "query_args"),
    )
    return {name: getattr(urls, name) for name in names}


@settings(max_examples=300)
@given(
    environ=environs, server_name=server_names, subdomain=subdomains, host_matching=st.booleans()
)
@example(
    {"wsgi.url_scheme": "http", "REQUEST_METHOD": "GET", "SERVER_NAME": "x", "SERVER_PORT": "80"},
    None,
    "",
    False,
)
def test_bound_as_werkzeug_binds(
    environ: dict[str, Any], server_name: str | None, subdomain: str | None, host_matching: bool
) -> None:
    """Every attribute of the adapter, or the error, is that of Werkzeug's map."""
    options = {"server_name": server_name, "subdomain": subdomain}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Werkzeug warns of hosts outside the server name
        ours = outcome(URLMap(host_matching=host_matching), dict(environ), **options)
        theirs = outcome(Map(host_matching=host_matching), dict(environ), **options)

    assert ours == theirs


RULES = [
    ("/", "index", {}),
    ("/item/<int:number>", "item", {}),
    ("/item/<int:number>/<path:rest>", "rest", {}),
    ("/page/", "page", {"defaults": {"number": 1}}),
    ("/page/<int:number>", "page", {}),
    ("/any/<any(a,b):which>", "any", {}),
    ("/text/<name>.html", "text", {}),
    ("/read", "both", {"methods": ["GET"]}),
    ("/write", "both", {"methods": ["POST"]}),
]
app = Flask("shop", static_folder=None)
for _rule, _endpoint, _options in RULES:
    app.add_url_rule(_rule, _endpoint, str, **_options)

values = st.dictionaries(
    st.sampled_from(["number", "rest", "which", "name", "q", "r"]),
    st.one_of(
        st.integers(-2, 2000),
        st.text(max_size=5),
        st.none(),
        st.sampled_from(["a", "b", "x/y"]),
        st.lists(st.text(max_size=3), max_size=2),
    ),
    max_size=4,
)


@settings(max_examples=300)
@given(
    endpoint=st.sampled_from([*dict.fromkeys(endpoint for _, endpoint, _ in RULES), "missing"]),
    given_values=values,
    method=st.sampled_from([None, "GET", "POST", "PUT"]),
    scheme=st.sampled_from([None, "https", ""]),
    external=st.booleans(),
    root=st.sampled_from(["http://localhost", "https://shop.example:81/app"]),
)
def test_built_as_a_plain_map_builds(
    endpoint: str,
    given_values: dict[str, Any],
    method: str | None,
    scheme: str | None,
    external: bool,
    root: str,
) -> None:
    """``url_for`` gives the URL that a plain Werkzeug map builds, or the same error."""
    plain = Map(
        [
            Rule(rule, endpoint=name, **{"methods": ["GET"], **options})
            for rule, name, options in RULES
        ]
    )
    external = external or scheme is not None
    with app.test_request_context("/", base_url=root) as ctx:
        urls = plain.bind_to_environ(ctx.request.environ, subdomain="")
        options = {"method": method, "url_scheme": scheme, "force_external": external}
        outcomes: list[Any] = []
        for build in (
            lambda: urls.build(endpoint, dict(given_values), **options),
            lambda: app.url_for(
                endpoint, _method=method, _scheme=scheme, _external=external, **given_values
            ),
        ):
            try:
                outcomes.append(build())
            except (BuildError, ValueError, TypeError) as error:
                outcomes.append(type(error))

    assert outcomes[0] == outcomes[1]
