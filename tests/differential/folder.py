"""Which files do the generated applications serve and render? The same few, with fixed times."""

from __future__ import annotations

import os
from pathlib import Path

STATIC = {
    "hello.txt": b"Hello, static world of text\n",
    "style.css": b"body { color: #123; }\n" * 20,
    "data.bin": bytes(range(256)) * 4,
    "empty.txt": b"",
    "sub/page.html": "<!doctype html><title>ü</title>".encode(),
    "ünï.txt": "Größe".encode(),
    "archive.tar.gz": b"\x1f\x8b nothing",
    "photo.png": b"\x89PNG\r\n" + bytes(50),
    "noextension": b"plain",
}

TEMPLATES = {
    "base.html": (
        "<!doctype html><title>{% block title %}shop{% endblock %}</title>"
        "{% block body %}{% endblock %}<i>{{ footer|default('-') }}</i>"
    ),
    "page.html": (
        "{% extends 'base.html' %}{% import 'macros.html' as m %}{% block body %}{{ text }}|"
        "{{ text|safe }}|{{ m.field('q', text) }}|{{ request.method }} {{ request.path }}|"
        "{% for item in items %}{{ loop.index }}={{ item }};{% else %}none{% endfor %}|"
        "{{ g.get('user', 'nobody') }}|{{ config.FOO }}{% endblock %}"
    ),
    "macros.html": (
        "{% macro field(name, value='') %}<input name={{ name }} value={{ value }}>{% endmacro %}"
        "{% set version = 7 %}"
    ),
    "session.html": "{{ session.get('user', 'none') }} {{ session|length }}",
    "flashes.html": (
        "{% for c, m in get_flashed_messages(with_categories=true) %}<p class={{ c }}>{{ m }}"
        "{% endfor %}"
    ),
    "links.html": "<a href=\"{{ url_for('static', filename='style.css', v=1) }}\">{{ text }}</a>",
    "plain.txt": "Text {{ text }} & <so>",
    "feed.xml": "<feed>{{ text }}</feed>",
    "icon.svg": "<svg>{{ text }}</svg>",
    "mail.htm": "<p>{{ text }}",
    "page.xhtml": "<p>{{ text }}</p>",
    "upper.HTML": "<p>{{ text }}</p>",
    "broken.html": "{% if %}",
    "undefined.html": "{{ nothing.at.all }}",
    "json.html": "<script>{{ items|tojson }}</script>",
    "filters.html": "{{ text|shout }}{% if text is loud %}!{% endif %}{{ answer() }}",
    "loop.html": "{% for i in items %}<b>{{ i }}</b>{% endfor %}{{ request.args.get('q') }}",
    "includes.html": "{% include ['gone.html', 'plain.txt'] %}{% include 'gone.html' ignore missing %}",
}

BLUEPRINT_TEMPLATES = {
    "page.html": "the blueprint's page, which the application's hides",
    "part.html": "<p>{{ text }} from {{ request.blueprint }} {{ flavour|default('') }}</p>",
}


def make_folder(root: Path) -> Path:
    """Write the files into a folder, with the same times everywhere."""
    for name, content in STATIC.items():
        _write(root / "static" / name, content)
    for name, text in TEMPLATES.items():
        _write(root / "templates" / name, text.encode())
    for name, text in BLUEPRINT_TEMPLATES.items():
        _write(root / "parts" / "templates" / name, text.encode())
    _write(root / "parts" / "static" / "part.css", b"p { margin: 0 }\n")
    _write(root / "secret.txt", b"outside of every folder that is served")
    return root


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (1_700_000_000, 1_700_000_000))
