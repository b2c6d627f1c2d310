"""One page in Flask's API, for the time to the first response."""

from flask import Flask

application = Flask("hello")


@application.route("/")
def index() -> str:
    return "Hello, World!"
