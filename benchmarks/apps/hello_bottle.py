"""One page in Bottle, for the time to the first response."""

import bottle

application = bottle.Bottle()


@application.route("/")
def index() -> str:
    return "Hello, World!"
