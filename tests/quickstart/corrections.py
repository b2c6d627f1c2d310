"""What in the quickstart seed cannot run as it is written, and how is it written right?

Snippets with names that are merely left out (``do_the_login`` and so on) are not here: the tests
complete them. ``error`` is what the reader sees for the text as written; it must say what is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

from quickstart.seed import block


@dataclass(frozen=True)
class Correction:
    """One passage of the seed; ``block`` is None for a passage outside the fenced blocks."""

    block: int | None
    written: str
    correct: str
    error: str
    reason: str


HOST = Correction(
    block=3,
    written="--host = 0.0.0.0",
    correct="--host=0.0.0.0",
    error=r"'=' is no host\. The shell splits at spaces: write --host=0\.0\.0\.0 without any",
    reason="The translation put spaces around '='; the shell splits there.",
)
FLASK_DEBUG = Correction(
    block=None,
    written="FLASK_DEBUG = 1",
    correct="FLASK_DEBUG=1",
    error=r"export: .*(bad variable name|not a valid identifier|not an identifier)",
    reason="The translation put spaces around '='; this is the shell's own error.",
)
PROSE = Correction(
    block=16,
    written="The other possibility is passing a whole WSGI environment to the request_context() method:",
    correct="# The other possibility is passing a whole WSGI environment to request_context():",
    error=r"^The other possibility is passing a whole WSGI environment",
    reason="A sentence stands in the middle of the code; Python's SyntaxError shows that line.",
)
CONSOLE = Correction(
    block=15,
    written="Markup(u'",
    correct="Markup('",
    error=r"Got:\n    Markup\('<strong>Hello",
    reason="Only Python 2 showed the prefix u; the values are the same.",
)
UPLOAD = Correction(
    block=20,
    written="    ...",
    correct="    return 'uploaded'",
    error=r"view function for 'upload_file' did not return a valid response.*returned None",
    reason="'...' stands for code to come; until then the view returns None.",
)
SECURE_UPLOAD = Correction(
    block=21,
    written="    ...",
    correct="    return 'uploaded'",
    error=UPLOAD.error,
    reason=UPLOAD.reason,
)
READ_COOKIE = Correction(
    block=22,
    written="    # KeyError if the cookie is missing.",
    correct="    # KeyError if the cookie is missing.\n    return f'Hello, {username}'",
    error=r"view function for 'index' did not return a valid response.*without a return statement",
    reason="The view ends with a comment; it returns None.",
)
SECRET_KEY = Correction(
    block=31,
    written="""b'_5 # y2L "F4Q8z \\ n \\ xec] / '""",
    correct="""b'_5#y2L"F4Q8z\\n\\xec]/'""",
    error=r"invalid escape sequence",
    reason="The translation put spaces into the key, also after its backslashes.",
)
FUNCTION_AS_ENDPOINT = Correction(
    block=None,  # of the API reference seed, "View Function Options"
    written="app.add_url_rule('/', index)",
    correct="app.add_url_rule('/', view_func=index)",
    error=r"The endpoint of rule '/' is <function index .*>, not a name\. Write"
    r" add_url_rule\('/', view_func=index\)\.",
    reason="The second parameter is the endpoint's name; the view is the third.",
)

CORRECTIONS = [
    HOST,
    FLASK_DEBUG,
    PROSE,
    CONSOLE,
    UPLOAD,
    SECURE_UPLOAD,
    READ_COOKIE,
    SECRET_KEY,
    FUNCTION_AS_ENDPOINT,
]


def corrected(correction: Correction) -> str:
    """Return the block that a correction is about, with the correction in it."""
    assert correction.block is not None
    return block(correction.block).replace(correction.written, correction.correct)
