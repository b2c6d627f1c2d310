"""A pytest plugin: write down what each test saw, so that two runs can be compared.

`run.py` loads it with `-p outcomes --outcomes FILE`, once per environment. Beside
the outcome it keeps every response of the test client and every kind of warning.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from warnings import WarningMessage

import pytest
from werkzeug.test import Client, TestResponse

# What no two runs agree on: dates, times, durations, addresses, signed values, digests, ids.
VOLATILE = [
    (re.compile(r"\b\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"), "<date>"),
    (re.compile(r"(?<!\d)\d{4}-\d\d-\d\d[T _]\d\d[:-]\d\d[:-]\d\d(\.\d+)?"), "<date>"),
    (re.compile(r'"\d{10}\.\d+-\d+-\d+"'), '"<etag of a file>"'),
    (re.compile(r"(/[\w.+-]+)+/(pytest-of-[\w-]+|site-packages|src/flask)(?=/)"), "<folder>"),
    (re.compile(r"\b\d+\.\d{4,}(e-\d+)?\b"), "<number>"),
    (re.compile(r"\b0x[0-9a-f]{6,}\b"), "<address>"),
    (re.compile(r"\.?[\w-]{4,}\.[\w-]{6}\.[\w-]{27}"), "<signed>"),  # by itsdangerous
    (re.compile(r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+"), "<signed>"),  # a JSON web token
    (re.compile(r"\b[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b"), "<id>"),
    (re.compile(r"\b[0-9a-f]{16,}\b"), "<digest>"),
    (re.compile(r"(?<==)[\w-]{43}(?=;)"), "<id>"),  # a cookie with 32 random bytes
    (re.compile(r'(?<="sid":")[\w-]{20}(?=")'), "<id>"),
    (re.compile(r'(?<="end_id":")[\w-]{24}'), "<id>"),
    (re.compile(r"(\b|(?<=\dm))1[789]\d{8}\b"), "<time>"),
    (re.compile(r"\b\d+\.\d+ ?m?s(ec)?\b"), "<duration>"),
]


def mask(text: str) -> str:
    """Replace what changes from run to run by a word for it."""
    for pattern, word in VOLATILE:
        text = pattern.sub(word, text)
    return text


def settle(header: tuple[str, str]) -> tuple[str, str]:
    """Sort the methods of Allow, which Werkzeug keeps in a set; drop the time left to wait."""
    name, value = header
    if name == "Retry-After":
        return name, "<seconds>"
    return name, ", ".join(sorted(value.split(", "))) if name == "Allow" else value


def describe(response: TestResponse) -> dict[str, Any]:
    """Note a response as it is compared: status, headers in order, body."""
    data = response.get_data()
    if response.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)  # its head holds the time
    whole = data.decode("utf-8", "replace")
    body = mask(whole)
    length_varies = body != whole
    return {
        "asked": mask(f"{response.request.method} {response.request.full_path}"),
        "status": response.status,
        "headers": [
            [name, "<length>" if length_varies and name == "Content-Length" else mask(value)]
            for name, value in map(settle, response.headers)
        ],
        "body": body,
    }


class Outcomes:
    """Everything one run observed, by test."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.tests: dict[str, dict[str, Any]] = defaultdict(
            lambda: {"outcome": "", "responses": [], "warnings": []}
        )
        self.running = ""

    def watch(self, client_open: Callable[..., TestResponse]) -> Callable[..., TestResponse]:
        """Wrap the client's `open` to note each response under the running test."""

        def open_and_note(client: Client, *args: Any, **kwargs: Any) -> TestResponse:
            response = client_open(client, *args, **kwargs)
            self.tests[self.running]["responses"].append(describe(response))
            return response

        return open_and_note

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.running = nodeid

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        test = self.tests[report.nodeid]
        if report.when == "call" or report.outcome != "passed":
            test["outcome"] = report.outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.tests[report.nodeid]["outcome"] = "failed"

    def pytest_warning_recorded(self, warning_message: WarningMessage, nodeid: str) -> None:
        self.tests[nodeid or "(import)"]["warnings"].append(warning_message.category.__name__)

    def pytest_sessionfinish(self) -> None:
        for test in self.tests.values():
            test["warnings"].sort()
        self.file.write_text(json.dumps(self.tests, indent=1))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write to."""
    parser.addoption("--outcomes", type=Path, help="where to write what each test saw (JSON)")


def pytest_configure(config: pytest.Config) -> None:
    """Start watching, when a file was named."""
    sys.tracebacklimit = 0  # nobody's source is quoted in a log
    file = config.getoption("--outcomes")
    if file is not None:
        outcomes = Outcomes(file)
        Client.open = outcomes.watch(Client.open)  # type: ignore[method-assign]
        config.pluginmanager.register(outcomes)
