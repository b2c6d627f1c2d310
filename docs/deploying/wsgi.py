"""What a production server imports: the guestbook, and how many proxies it believes."""

from __future__ import annotations

from guestbook import create_app
from guestbook.database import connect
from werkzeug.middleware.proxy_fix import ProxyFix

app = create_app()

# Behind a proxy only its headers tell who asked for what; without one anybody could make
# them up. So the number is a setting, GUESTBOOK_PROXIES, and nobody is believed by default.
if proxies := app.config.get("PROXIES", 0):
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=1, x_host=1, x_prefix=1)


@app.get("/-/health")
def health() -> dict[str, str]:
    """Tell a monitor that this worker answers and that it can read the database."""
    connect().execute("SELECT 1 FROM account LIMIT 1")
    return {"status": "ok"}
