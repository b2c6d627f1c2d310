from __future__ import annotations

import ast
import doctest
import io
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import werkzeug.datastructures.file_storage

from quickstart.corrections import (
    CONSOLE,
    FUNCTION_AS_ENDPOINT,
    PROSE,
    READ_COOKIE,
    SECRET_KEY,
    SECURE_UPLOAD,
    UPLOAD,
    corrected,
)
from quickstart.reader import Quickstart
from quickstart.seed import MINIMAL, block


def run_console(text: str) -> str:
    """Return what doctest reports about a console session; nothing if it went as shown."""
    parser, report = doctest.DocTestParser(), io.StringIO()
    test = parser.get_doctest(text, {}, "block 15", None, 0)
    doctest.DocTestRunner(verbose=False).run(test, out=report.write)
    return report.getvalue()


def test_console() -> None:
    """Block 15: the session gives the values shown, in the notation of Python 3."""
    assert re.search(CONSOLE.error, run_console(block(15)))

    result = "'Marked up » HTML'\n"  # the seed's session ends before it
    assert run_console(corrected(CONSOLE) + result) == ""


def test_prose_in_the_code(quickstart: Quickstart) -> None:
    """Block 16: Python's error shows the sentence that is no code; the rest runs without it."""
    prelude = (
        f"{MINIMAL}from werkzeug.test import EnvironBuilder\n"
        "environ = EnvironBuilder(method='POST').get_environ()\n"
    )
    with pytest.raises(SyntaxError) as caught:
        quickstart.load(prelude + block(16))
    assert re.search(PROSE.error, caught.value.text or "")

    quickstart.load(prelude + corrected(PROSE), "corrected")


@pytest.fixture
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for ``/var/www/uploads``, which a test must not write to."""
    folder = tmp_path / "uploads"
    folder.mkdir()

    def open_there(path: str, mode: str) -> Any:
        assert path.startswith("/var/www/uploads/")
        return (folder / path.removeprefix("/var/www/uploads/")).open(mode)

    monkeypatch.setattr(werkzeug.datastructures.file_storage, "open", open_there, raising=False)
    return folder


@pytest.mark.parametrize(
    ("snippet", "error", "completed", "saved_as"),
    [
        (block(20), UPLOAD.error, corrected(UPLOAD), "uploaded_file.txt"),
        (block(21), SECURE_UPLOAD.error, corrected(SECURE_UPLOAD), "etc_passwd"),
    ],
    ids=["block 20", "block 21"],
)
def test_uploads(
    quickstart: Quickstart,
    uploads: Path,
    snippet: str,
    error: str,
    completed: str,
    saved_as: str,
) -> None:
    """Blocks 20 and 21: the file is saved; that the view returns nothing yet is said clearly."""

    def post(app: Any) -> Any:
        app.testing = True
        return app.test_client().post(
            "/upload", data={"the_file": (io.BytesIO(b"content"), "../../etc/passwd")}
        )

    with pytest.raises(TypeError, match=error):
        post(quickstart.load(MINIMAL + snippet).app)
    assert (uploads / saved_as).read_bytes() == b"content"

    (uploads / saved_as).unlink()
    assert post(quickstart.load(MINIMAL + completed, "corrected").app).text == "uploaded"
    assert [path.name for path in uploads.iterdir()] == [saved_as]


def test_reading_cookies(quickstart: Quickstart) -> None:
    """Block 22: the cookie is read; that the view returns nothing yet is said clearly."""
    app = quickstart.load(MINIMAL + block(22)).app
    app.testing = True
    with pytest.raises(TypeError, match=READ_COOKIE.error):
        app.test_client().get("/")

    client = quickstart.load(MINIMAL + corrected(READ_COOKIE), "corrected").app.test_client()
    assert client.get("/").text == "Hello, None"
    client.set_cookie("username", "ada")
    assert client.get("/").text == "Hello, ada"


def test_secret_key_in_the_documentation() -> None:
    """Block 31: the key shown has spaces after its backslashes, at which Python warns."""
    shown = block(31).splitlines()[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(SyntaxError, match=SECRET_KEY.error):
            ast.literal_eval(shown)

        shown = corrected(SECRET_KEY).splitlines()[1]
        assert len(ast.literal_eval(shown)) == 16


def test_function_as_endpoint() -> None:
    """A view passed where the endpoint's name belongs fails at the request, naming the remedy."""
    prelude = "from flask import Flask\napp = Flask('hello')\ndef index(): return 'index'\n"
    wrong: dict[str, Any] = {}
    exec(prelude + FUNCTION_AS_ENDPOINT.written, wrong)
    wrong["app"].testing = True
    with pytest.raises(TypeError, match=FUNCTION_AS_ENDPOINT.error):
        wrong["app"].test_client().get("/")

    right: dict[str, Any] = {}
    exec(prelude + FUNCTION_AS_ENDPOINT.correct, right)

    assert right["app"].test_client().get("/").text == "index"
