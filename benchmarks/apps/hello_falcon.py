"""One page in Falcon, for the time to the first response."""

import falcon


class Index:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.text = "Hello, World!"


application = falcon.App()
application.add_route("/", Index())
