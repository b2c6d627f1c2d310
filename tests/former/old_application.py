"""An application as it was written for Flask 1.0: it ran there, and runs here, with warnings."""

# ruff: noqa: UP031 - as it was written then

import datetime

from flask import Flask, Markup, escape, jsonify, render_template_string, request, session
from flask.json import JSONEncoder


class Encoder(JSONEncoder):
    def default(self, o):
        if isinstance(o, datetime.date):
            return o.isoformat()
        return JSONEncoder.default(self, o)


class Shop(Flask):
    json_encoder = Encoder


app = Shop("shop", static_folder=None)
app.secret_key = "only for this test"
app.session_cookie_name = "till"
app.config["JSON_SORT_KEYS"] = False
app.config["JSON_AS_ASCII"] = False
opened = []


@app.before_first_request
def open_shop():
    opened.append(app.name)


@app.route("/")
def index():
    session["seen"] = session.get("seen", 0) + 1
    return jsonify(
        shop="Käse", day=datetime.date(2019, 7, 4), seen=session["seen"], opened=len(opened)
    )


@app.route("/hello/<name>")
def hello(name):
    if request.headers.get("X-Requested-With") == "XMLHttpRequest":
        return "Hello %s" % escape(name)
    return render_template_string("{{ t }} {{ name }}", t=Markup("<b>Hello</b>"), name=name)


@app.route("/settings")
def settings():
    return jsonify([app.session_cookie_name, app.config["USE_X_SENDFILE"]])
