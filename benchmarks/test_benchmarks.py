"""The benchmarks' answers, on this interpreter's flask; nothing is timed."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks.__main__ import read_arguments
from benchmarks.apps import bare_app, flask_app
from benchmarks.inproc import find_missed_targets
from benchmarks.report import compare, format_ratio, format_table
from benchmarks.workloads import GOAL, WORKLOADS, Workload
from benchmarks.wsgi import Answer, WrongAnswerError, create_environ, drive, prepare, verify

PLAIN = WORKLOADS["plain"]
RIGHT = Answer(
    200, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "13")], PLAIN.body
)


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_flask_app_answers_as_demanded(workload: Workload) -> None:
    """The application that measures Flask and Dewar serves every workload."""
    prepare(flask_app.make_app(workload.name), workload)


@pytest.mark.parametrize("workload", WORKLOADS.values(), ids=WORKLOADS)
def test_floor_answers_as_demanded(workload: Workload) -> None:
    """The bare callables do each workload's whole work."""
    prepare(bare_app.make_app(workload.name), workload)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"status": 500}, "status 500, not 200"),
        ({"headers": []}, "Content-Type is None"),
        ({"headers": [("Content-Type", "text/plain")]}, "Content-Type is 'text/plain'"),
        ({"headers": [*RIGHT.headers[:1], ("content-length", "12")]}, "Content-Length 12"),
        ({"body": b"Hello, Moon!!"}, "body b'Hello, Moon!!'"),
    ],
)
def test_wrong_answer_is_detected(change: dict[str, Any], text: str) -> None:
    """A status, header, length or body that differs keeps a framework from being timed."""
    verify(PLAIN, RIGHT)

    with pytest.raises(WrongAnswerError, match=text):
        verify(PLAIN, dataclasses.replace(RIGHT, **change))


def test_wrong_json_is_detected() -> None:
    """JSON is compared as a document: order is free, values are not."""
    headers = [("Content-Type", "application/json")]
    workload = WORKLOADS["json-post"]
    verify(workload, Answer(200, headers, b'{ "hello": "Ada Lovelace" }\n'))

    with pytest.raises(WrongAnswerError, match="body"):
        verify(workload, Answer(200, headers, b'{"hello": "Ada"}'))


def test_each_request_is_fresh_read_to_the_end_and_closed() -> None:
    """The driver treats an application as a server does."""
    seen: list[str] = []

    class Body:
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            seen.append("end")

        def close(self) -> None:
            seen.append("closed")

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Body:
        assert "mark" not in environ
        environ["mark"] = True
        seen.append(environ["wsgi.input"].read().decode())
        return Body()

    drive(app, create_environ(WORKLOADS["form-post"]), b"payload", 2)

    assert seen == ["payload", "end", "closed"] * 2


def test_comparison_tells_ratio_and_spread() -> None:
    """A ratio is that of the smallest figures; single rounds give its spread."""
    assert compare([2.0, 4.0, 2.0], [20.0, 20.0, 30.0]) == (10.0, 5.0, 10.0)
    assert format_ratio([2.0, 4.0, 2.0], [20.0, 20.0, 30.0]) == "**10.00** (5.00..10.00)"


def test_table_is_markdown() -> None:
    """A table has a head, a rule and a line per row."""
    table = format_table(["what", "a"], [["x", "1"]])

    assert table == "| what | a |\n|---|--:|\n| x | 1 |\n"


def test_every_goal_has_a_target_and_misses_are_named() -> None:
    """A workload below its target is listed with its figure."""
    assert all(workload.flask_target for workload in GOAL)
    figures = {"plain": {"dewar": [10.0], "flask": [50.0]}}

    assert find_missed_targets([PLAIN], figures) == ["plain: 5.00 times flask, target 6"]
    assert find_missed_targets([PLAIN], {"plain": {"dewar": [5.0], "flask": [50.0]}}) == []


def test_command_line_names_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """Unknown workloads are refused with the names that exist; 'all' means all."""
    assert read_arguments(["--workloads", "all"]).workloads == list(WORKLOADS)

    with pytest.raises(SystemExit):
        read_arguments(["--workloads", "plain,plane"])

    assert "'plane' is none of plain, route" in capsys.readouterr().err
