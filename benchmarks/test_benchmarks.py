"""The benchmarks' answers, sums and words, on this interpreter's flask; nothing is timed."""

import dataclasses
import json
import os
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import bodies, routes, servers, soak, startup, threads, uploads, worker
from benchmarks.__main__ import SUITES, list_environments, main, read_arguments, report
from benchmarks.apps import bare_app, bare_uploads, flask_app, flask_routing, flask_uploads
from benchmarks.apps.routing import list_variables, sample, write_path
from benchmarks.chart import draw
from benchmarks.checks import Check, Outcome, summarize
from benchmarks.frameworks import FRAMEWORKS
from benchmarks.inproc import find_checks, list_targets
from benchmarks.processes import Server, ServerError, choose_port, list_family
from benchmarks.report import TIMES, compare, format_ratio, format_table, keep
from benchmarks.rounds import WorkerError, gather, rotate
from benchmarks.tasks import routes as routes_task
from benchmarks.tasks import soak as soak_task
from benchmarks.tasks import threads as threads_task
from benchmarks.tasks import uploads as uploads_task
from benchmarks.workloads import WORKLOADS, Workload
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
    assert compare([2.0, 4.0, 2.0], [20.0, 20.0, 30.0]) == (10.0, 5.0, 15.0)
    assert format_ratio([2.0, 4.0, 2.0], [20.0, 20.0, 30.0]) == "**10.00** (5.00..15.00)"


def test_table_is_markdown() -> None:
    """A table has a head, a rule and a line per row."""
    table = format_table(["what", "a"], [["x", "1"]])

    assert table == "| what | a |\n|---|--:|\n| x | 1 |\n"


def test_every_workload_has_a_target() -> None:
    """The table of targets is complete, and what Falcon cannot do demands nothing of it."""
    for workload in WORKLOADS.values():
        targets = list_targets(workload)
        assert "flask" in targets, workload.name
        assert "falcon" not in targets or workload.name not in FRAMEWORKS["falcon"].lacks


def test_harder_target_rules() -> None:
    """Of two targets, the one that allows less time decides; the check names it."""
    rounds = {"dewar": [5.0], "flask": [50.0], "falcon": [4.0]}

    (check,) = find_checks(PLAIN, rounds)  # flask allows 50 / 14 µs, falcon 4
    assert (check.what, check.measured, check.wanted) == (f"plain {TIMES} flask", 10, 14)
    (check,) = find_checks(PLAIN, {**rounds, "falcon": [3.0]})
    assert (check.what, check.measured, check.wanted) == (f"plain {TIMES} falcon", 0.6, 1.0)
    (check,) = find_checks(PLAIN, {"dewar": [5.0], "falcon": [3.0]})
    assert not check.met
    assert find_checks(PLAIN, {"flask": [50.0]}) == []


def test_checks_tell_how_far_from_the_target() -> None:
    """A summary counts the targets and says by how much each is met or missed."""
    checks = [Check("fast", 15, 10), Check("small", 2, 1, at_least=False), Check("slow", 5, 10)]

    assert summarize(checks).splitlines() == [
        "Targets: 1 met, 2 missed.",
        "",
        "- small: 2.00, target ≤ 1 (missed by 100 %)",
        "- slow: 5.00, target ≥ 10 (missed by 50 %)",
        "- fast: 15.00, target ≥ 10 (met, 50 % to spare)",
    ]


def test_missed_targets_fail_only_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong answer always fails a run, a missed target only with --assert-targets."""
    missed = Outcome(checks=[Check("slow", 5, 10)])

    assert report(missed, asserts=False) == 0
    assert report(missed, asserts=True) == 1
    assert report(Outcome(wrong=["flask: status 500"]), asserts=False) == 1
    assert capsys.readouterr().err.splitlines() == [
        "Missed: slow: 5.00, target ≥ 10 (missed by 50 %)",
        "Wrong: flask: status 500",
    ]


def test_rounds_rotate() -> None:
    """Each round asks every framework once and begins with another one."""
    peers = [FRAMEWORKS[name] for name in ("dewar", "flask", "bare")]

    names = [peer.name for peer in rotate(peers, 3)]

    assert names == [
        *("dewar", "flask", "bare"),
        *("flask", "bare", "dewar"),
        *("bare", "dewar", "flask"),
    ]


def test_peer_that_answers_wrongly_is_dropped() -> None:
    """A wrong answer is reported once, and no figure of that framework is kept."""
    wrong: list[str] = []
    asked: list[str] = []

    def take(peer: Any) -> dict[str, Any]:
        asked.append(peer.name)
        if peer.name == "flask" and asked.count("flask") == 2:
            raise WorkerError("status 500")
        return {"figure": len(asked)}

    taken = gather([FRAMEWORKS["dewar"], FRAMEWORKS["flask"]], 3, take, wrong)

    assert taken == {"dewar": [{"figure": figure} for figure in (1, 4, 5)]}
    assert wrong == ["flask: status 500"]


def test_worker_reports_what_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A task's process always answers in JSON: figures, or the error's words and 1."""
    monkeypatch.setattr(sys, "tracebacklimit", 0, raising=False)
    monkeypatch.setattr(sys, "argv", ["worker", "inproc", "driver", "plain", "0.000001"])
    assert worker.main() == 0
    assert set(json.loads(capsys.readouterr().out)) == {"microseconds", "requests"}

    monkeypatch.setattr(sys, "argv", ["worker", "inproc", "flask_app", "plane", "1"])
    assert worker.main() == 1
    assert "KeyError: 'plane'" in json.loads(capsys.readouterr().out)["error"]


def test_server_is_started_watched_and_stopped() -> None:
    """A server's CPU time is read while it runs, and no process of it is left afterwards."""
    port = choose_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]

    with Server(command, port, {}) as server:
        (pid,) = list_family(server.pid)
        assert server.spend() >= 0

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ServerError, match="No module named nothing"):
        Server([sys.executable, "-m", "nothing"], port, {}).__enter__()


def test_command_line_chooses(tmp_path: Path) -> None:
    """Names and numbers reach the suite; 'all' and nothing mean all that it has."""
    suite, options, asserts = read_arguments(["--workloads", "json,plain", "--peers", "dewar"])
    assert (suite, asserts) == (SUITES["inproc"], False)
    assert (options.workloads, options.rounds, options.seconds) == (["json", "plain"], 5, 0.3)
    assert [peer.name for peer in options.peers] == ["dewar"]
    assert options.keep is None

    _, options, _ = read_arguments(["inproc", "--workloads", "all"])
    assert options.workloads == list(WORKLOADS)
    assert options.keep == Path(__file__).parent
    _, options, _ = read_arguments(["startup", "--rounds", "14"])
    assert options.keep is None
    _, options, _ = read_arguments(["uploads", "--mebibytes", "8"])
    assert (options.mebibytes, options.keep) == (8, None)
    _, options, _ = read_arguments(["threads", "--rounds", "1", "--keep-in", str(tmp_path)])
    assert options.keep == tmp_path


def test_only_needed_environments_are_made() -> None:
    """A run makes its peers' environments, and those that its suite shares."""
    for line, names in (
        ("inproc --peers dewar,flask", ["dewar", "flask", "bare"]),
        ("startup --peers dewar,flask", ["dewar", "flask"]),
        ("soak", ["dewar"]),
    ):
        suite, options, _ = read_arguments(line.split())
        assert [framework.name for framework in list_environments(suite, options)] == names


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("inprocess", "no suite is called 'inprocess'; there are inproc, servers, startup, routes"),
        ("--workloads plain,plane", "'plane' is no workload of inproc; there are plain, route"),
        ("--peers django", "'django' is no peer of inproc; there are dewar, flask, falcon"),
        ("routes --peers bottle", "'bottle' is no peer of routes; there are dewar, flask, falcon"),
        ("servers --workloads json-post", "'json-post' is no workload of servers; there are"),
        ("startup --workloads plain", "startup has no --workloads; these have: inproc, servers"),
        ("startup --seconds 1", "startup has no --seconds; these have: inproc, servers, routes"),
        ("inproc --mebibytes 3", "inproc has no --mebibytes; these have: uploads"),
        ("--rounds 0", "'0' is not a number above 0"),
        ("--seconds much", "'much' is not a number above 0"),
    ],
)
def test_bad_usage_is_told(line: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What does not exist is refused with what does."""
    with pytest.raises(SystemExit) as exit_:
        main(line.split())

    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


def test_help_names_every_suite(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists each suite with what it measures."""
    with pytest.raises(SystemExit):
        main(["--help"])

    text = capsys.readouterr().out
    assert all(f"{name:12} {suite.about}" in text for name, suite in SUITES.items())


def test_results_are_kept_with_their_history(tmp_path: Path) -> None:
    """A table replaces the last one; figures, machine and versions are added to the history."""
    machine = {"date": "2026-11-21T10:00:00Z"}

    keep("inproc", "| table |\n", machine, {"plain": {"dewar": [1.0]}}, [], tmp_path)

    assert (tmp_path / "results/inproc.md").read_text(encoding="utf-8") == "| table |\n"
    record = json.loads((tmp_path / "history/2026-11-21T100000Z-inproc.json").read_text())
    assert record["figures"] == {"plain": {"dewar": [1.0]}}
    assert record["machine"] == machine


def test_chart_is_svg_with_a_bar_per_figure() -> None:
    """The chart is well-formed, fetches nothing, has a dark version, and shows each ratio."""
    figures = {"plain": {"dewar": [5.0], "flask": [50.0], "falcon": [4.0]}, "async": {}}

    text = draw([PLAIN, WORKLOADS["async"]], figures, "CPython 3 & a machine")

    space = "{http://www.w3.org/2000/svg}"
    root = ET.fromstring(text)
    words = [element.text for element in root.iter(f"{space}text")]
    assert {f"10.0 {TIMES}", f"12.5 {TIMES}", "plain text", "Dewar", "Falcon", "Flask"} <= set(
        words
    )
    bars = [bar.get("class") for bar in root.iter(f"{space}rect") if bar.get("height") == "10"]
    assert bars == ["dewar", "falcon"]
    assert "prefers-color-scheme: dark" in text
    assert "url(" not in text
    assert "href" not in text


@pytest.mark.parametrize("count", [10, 200])
def test_routes_are_checked_before_they_are_timed(count: int) -> None:
    """Matches, pages, URLs and blueprints of many routes are what the table of routes says."""
    for measure in (routes_task.time_match, routes_task.time_request, routes_task.time_url_for):
        assert measure(flask_routing, count, 1e-6)["microseconds"] > 0
    assert routes_task.time_construct(flask_routing, count, 0)["milliseconds"] > 0


def test_wrong_route_is_detected(monkeypatch: pytest.MonkeyPatch) -> None:
    """An application that matches another route is not timed."""
    monkeypatch.setattr(flask_routing, "read_match", lambda found: (3, {}))

    with pytest.raises(WrongAnswerError, match=r"\(3, \{\}\), not \(0"):
        routes_task.time_match(flask_routing, 10, 1e-6)


def test_sampled_routes_are_spread_evenly() -> None:
    """Each count of routes is asked with 100 paths, first to last, of every shape."""
    assert list(sample(10)) == [number // 10 for number in range(100)]
    assert (sample(5000)[0], sample(5000)[-1]) == (0, 4950)
    assert write_path(5) == "/group-0/7/blue-whale/action-5"
    assert [len(list_variables(number)) for number in sample(200)[:3]] == [0, 2, 1]


@pytest.mark.parametrize("kind", ["random", "lines"])
@pytest.mark.parametrize("app", [flask_uploads, bare_uploads])
def test_uploads_from_a_generator_arrive_whole(app: Any, kind: str, tmp_path: Path) -> None:
    """A large body is read piece by piece, and every byte of its file arrives."""
    figures = uploads_task.time_upload(app.make_app(tmp_path), kind, 2)

    assert figures["cpu"] > 0
    body = bodies.open_body(kind, 2)
    assert len(body.read()) == bodies.measure_length(2)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("app", [flask_uploads, bare_uploads])
def test_files_are_sent_with_the_servers_wrapper(app: Any, wrapped: bool, tmp_path: Path) -> None:
    """The server's file wrapper is used when there is one, and the file is whole either way."""
    figures = uploads_task.time_sending(app.make_app(tmp_path), tmp_path, 70_000, wrapped, 1e-6)

    assert figures["used"] == wrapped


def test_wrong_upload_is_detected(tmp_path: Path) -> None:
    """An application that loses bytes is not timed."""
    with pytest.raises(WrongAnswerError, match=r"not 200 b'Holiday a\.bin"):
        uploads_task.time_upload(lambda environ, start: bare_app.plain(environ, start), "lines", 1)


def test_threads_are_answered_rightly() -> None:
    """Each number of threads makes its requests; an error in a thread ends the run."""
    figures = threads_task.run("flask_app", "json", "0.000001")
    assert list(figures) == ["1", "2", "4", "8", "16"]

    def fail(environ: Any, start_response: Any) -> list[bytes]:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        threads_task._time_threads(fail, PLAIN, create_environ(PLAIN), 4, 1)


def test_throughput_is_compared_within_a_round() -> None:
    """Threads are compared by the largest throughput; the worst number of threads is checked."""
    base = {"elapsed": 100.0, "cpu": 100.0}
    rounds = [
        {"1": base, **{str(count): {"elapsed": speed, "cpu": 99.0} for count in (2, 4, 8, 16)}}
        for speed in (90.0, 97.0)
    ]
    rounds[1]["8"] = {"elapsed": 80.0, "cpu": 99.0}

    assert threads.compare_threads(rounds, 2, "elapsed") == (0.97, 0.9, 0.97)
    by_clock, by_cpu = threads.find_checks("plain", {"dewar": rounds})
    assert (by_clock.measured, by_clock.met, by_cpu.met) == (0.9, False, True)
    assert "worst at 8 threads" in by_clock.what


def test_targets_of_routes() -> None:
    """Growth with routes, URL building and construction are compared with their targets."""
    figures = {
        "match 10": {"dewar": [2.0]},
        "match 5000": {"dewar": [3.0]},
        "url_for 10": {"dewar": [1.0], "flask": [4.0]},
        "construct": {"dewar": [1.0], "flask": [2.0]},
    }

    assert [(check.measured, check.met) for check in routes.find_checks(figures)] == [
        (1.5, False),
        (4.0, True),
        (2.0, False),
    ]


def test_targets_of_start_up() -> None:
    """Import time and memory are compared with Falcon's, the bare interpreter's taken off."""
    taken = {
        "bare": {"milliseconds": [10.0], "mebibytes": [8.0]},
        "dewar": {"milliseconds": [31.0], "mebibytes": [28.0]},
        "falcon": {"milliseconds": [30.0], "mebibytes": [18.0]},
    }

    time, memory = startup.find_checks(taken)

    assert (time.measured, time.met) == (1.05, True)
    assert (memory.measured, memory.met) == (2.0, False)


def test_targets_of_uploads() -> None:
    """Throughput, growth of memory and the file wrapper are compared with their targets."""
    figures = {
        "disk-lines": {
            "dewar": [{"user": 1500.0, "growth": growth} for growth in (1.0, 20.0)],
            "flask": [{"user": 1000.0, "growth": 1.0}],
        },
        "send-8m wrapped": {"dewar": [{"microseconds": 1.0, "used": 0.0}]},
    }

    assert [(check.measured, check.met) for check in uploads.find_checks(figures)] == [
        (20.0, False),
        (1.5, True),
        (0.0, False),
    ]


def test_targets_of_servers() -> None:
    """A server's CPU time per request is compared with the bare callable's."""
    figures = {
        "granian plain": {"bare": [{"microseconds": 10.0}], "dewar": [{"microseconds": 12.0}]},
        "granian json": {"bare": [{"microseconds": 10.0}], "dewar": [{"microseconds": 12.0}]},
    }

    assert [check.met for check in servers.find_checks(servers.WSGI, figures)] == [False, True]


def test_report_of_wrk_is_read() -> None:
    """Requests and their rate are read; anything but success is a wrong answer."""
    text = "  2447 requests in 1.00s, 400KB read\nRequests/sec:   2446.50\n"
    assert servers.read_wrk(text) == (2447, 2446.5)

    for line in ("Non-2xx or 3xx responses: 3", "Socket errors: connect 0, read 1"):
        with pytest.raises(WrongAnswerError, match=line):
            servers.read_wrk(text + line)


def test_soak_varies_its_requests_and_watches_memory() -> None:
    """The soak asks every workload equally often, and growth counts from its second tenth."""
    figures = soak_task.run("flask_app", "plain,route,query,missing,session-read,stream", "6000")

    assert set(figures["made"].values()) == {1000}
    assert len(figures["resident"]) == 100
    assert soak.measure_growth([0] * 10 + [10240] * 50 + [11264] * 40) == 1.0
    (check,) = soak.find_checks({"dewar": [{"resident": [0] * 90 + [4096] * 10}]})
    assert not check.met


@pytest.mark.parametrize("name", ["dewar", "bare"])
def test_first_response_is_checked(name: str) -> None:
    """A fresh process answers its first request, and tells the time since its start."""
    here = dataclasses.replace(FRAMEWORKS[name], environment_of="")

    module = startup.name_module(here)

    assert module in {"hello_flask", "hello_bare"}
    namespace: dict[str, Any] = {}
    exec(startup.FIRST_RESPONSE.format(module=module), namespace)
    assert (namespace["started"], namespace["body"]) == (["200 OK"], b"Hello, World!")
