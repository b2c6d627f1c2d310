"""An endpoint taken out of the URL map by hand, as recipes for dropping ``static`` do."""

from __future__ import annotations

from flask import Flask


def test_other_rules_still_match() -> None:
    """Removing one endpoint from the map's index leaves the others' URLs as they are."""
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: "index")
    del app.url_map._rules_by_endpoint["static"]
    client = app.test_client()

    assert client.get("/").text == "index"
    assert client.get("/nowhere").status_code == 404
