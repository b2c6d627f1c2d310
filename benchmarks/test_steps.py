"""What ``python -m benchmarks steps`` counts and shows, on this interpreter's flask."""

import pytest

from benchmarks import steps
from benchmarks.__main__ import main
from benchmarks.tasks import steps as task


def test_lines_are_counted_in_the_order_of_the_request() -> None:
    """A request begins at the application and ends at the driver's last line; all lines count."""
    lines = task.run("flask_app", "plain")["lines"]
    functions = [line["function"] for line in lines if line["owner"] == "dewar"]

    assert functions[0] == "Flask.__call__"
    assert functions.index("RequestContext.push") < functions.index("RequestContext.pop")
    assert all(line["bytecodes"] > 0 for line in lines)
    assert {line["owner"] for line in lines} == {"dewar", "workload"}


def test_counts_do_not_vary() -> None:
    """Two runs count the same."""
    first, second = (task.run("flask_app", "route") for _ in range(2))

    assert first == second


def test_tables_sum_up_functions_and_lines() -> None:
    """Totals are by peer and by owner; functions add up their lines; a bar in a line is kept apart."""
    line = {"owner": "dewar", "function": "f", "file": "a.py", "line": 1, "text": "a | b"}
    lines = [{**line, "bytecodes": 3}, {**line, "line": 2, "owner": "werkzeug", "bytecodes": 4}]

    totals = steps.format_totals({"plain": {"dewar": lines, "falcon": lines[:1]}})

    assert totals.splitlines()[2] == "| plain text | 7 | 3 | 3 | 0 | 4 |"
    assert "| `f` (dewar, a.py) | 3 |" in steps.format_functions(lines)
    assert "| a.py:1 `a ¦ b` | 3 |" in steps.format_lines(lines)


def test_one_workload_is_shown_line_by_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command prints totals, functions and lines."""
    monkeypatch.setattr("benchmarks.__main__.ensure_environment", lambda *args, **kwargs: None)
    monkeypatch.setattr(steps, "ask", lambda peer, name, *given: task.run(*given))

    assert main(["steps", "--peers", "dewar", "--workloads", "plain"]) == 0

    output = capsys.readouterr().out
    assert "| workload | dewar |" in output
    assert "`Flask.__call__` (dewar, app.py)" in output
    assert "serving.py:" in output
