"""The comparison itself: it is strict, finds what is planted, and makes it small."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.differential.asgi import as_asgi_has_it, find_asgis
from tests.differential.comparing import PARTS, Comparison, ask_both, find_difference, judge
from tests.differential.counting import LEAST_OF_EACH, REQUIRED, describe, find_shortcomings
from tests.differential.drawing.apps import make_description
from tests.differential.drawing.views import THEMES
from tests.differential.folder import make_folder
from tests.differential.known import KNOWN
from tests.differential.serving import Memory, make_environ
from tests.differential.shrinking import shrink
from tests.differential.tracing import show
from tests.differential.workers import Worker, read_own_version

Spec = dict[str, Any]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """Answer descriptions by our Flask, in a process whose clock stands still."""
    folder = make_folder(tmp_path_factory.mktemp("shop"))
    worker = Worker(Path(sys.executable), folder, read_own_version())
    yield worker
    worker.stop()


def draw(seed: int, requests: int = 20) -> Spec:
    random = Random(seed)
    return make_description(random, random.sample(THEMES, 4), requests)


def test_same_seed_draws_the_same() -> None:
    """A run can be repeated: a seed always means the same applications and requests."""
    assert draw(5) == draw(5)
    assert draw(5) != draw(6)


@pytest.mark.parametrize("seed", range(6))
def test_answers_do_not_depend_on_chance(ours: Callable[[Spec], Spec], seed: int) -> None:
    """The same Flask answers a description alike each time; nothing differs by chance."""
    spec = draw(seed)
    first, second = ours(spec), ours(spec)

    assert judge(spec, first, second).difference is None
    assert not judge(spec, first, second).is_unbuilt
    assert len(first["answers"]) == 20


@pytest.mark.parametrize("part", PARTS)
def test_every_part_is_compared(ours: Callable[[Spec], Spec], part: str) -> None:
    """Whichever part of one answer differs, it is reported."""
    spec = draw(7)
    here, there = ours(spec), ours(spec)
    there["answers"][3][part] = [["X-Changed", "1"]] if part == "headers" else "changed"

    difference = judge(spec, here, there).difference

    assert difference is not None
    assert (difference.number, difference.part) == (3, part)


def test_order_of_headers_counts() -> None:
    """Headers are an ordered list: the same ones in another order are a difference."""
    here: Spec = {"status": "200 OK", "headers": [["A", "1"], ["B", "2"]], "body": "", "raised": None,
                  "log": [], "features": []}  # fmt: skip
    there = {**here, "headers": [["B", "2"], ["A", "1"]]}

    assert find_difference(here, there) is not None


def test_planted_difference_is_found_and_made_small(ours: Callable[[Spec], Spec]) -> None:
    """A deviation of one header for one kind of request is found, and little is left around it."""

    def planted(spec: Spec) -> Spec:
        found = ours(spec)
        for request, reply in zip(spec["requests"], found["answers"], strict=False):
            if request.get("method") == "POST" and reply["status"] == "404 NOT FOUND":
                reply["headers"].append(["X-Planted", "1"])
        return found

    def differs(spec: Spec) -> bool:
        difference = ask_both(spec, ours, planted)[0].difference
        return difference is not None and difference.part == "headers"

    spec = next(spec for spec in map(draw, range(20)) if differs(spec))
    before = copy.deepcopy(spec)
    small = shrink(spec, differs)

    assert spec == before
    assert differs(small)
    assert len(small["requests"]) == 1
    assert set(small["requests"][0]) == {"method", "path"}
    assert small["app"] == {}


def test_what_cannot_be_built_is_no_difference(ours: Callable[[Spec], Spec]) -> None:
    """A description that makes no application is counted as such, and fails the run."""
    spec = {"app": {"rules": [{"rule": "no slash", "endpoint": "x"}]}, "requests": [{"path": "/"}]}
    judgement, answers = ask_both(spec, ours, ours)
    comparison = Comparison()
    comparison.count(spec, judgement, answers)

    assert judgement.difference is None
    assert len(comparison.unbuilt) == 1
    assert comparison.pairs == 0


def test_difference_in_building_is_one(ours: Callable[[Spec], Spec]) -> None:
    """An application that only one of the two builds is a difference."""
    spec: Spec = {"app": {}, "requests": []}

    judgement = judge(spec, ours(spec), {"not_built": "ValueError", "text": "no", "answers": []})

    assert judgement.difference is not None


def test_nothing_is_excused_without_its_condition(ours: Callable[[Spec], Spec]) -> None:
    """No known difference applies to two answers that differ for another reason."""
    spec = draw(7)
    here, there = ours(spec), ours(spec)
    for reply in there["answers"]:
        reply["body"] += "more"

    assert judge(spec, here, there).known == {}


def test_asgi_excuses_only_what_it_cannot_show(ours: Callable[[Spec], Spec]) -> None:
    """Through ASGI, too, a difference needs its condition; elsewhere none of ASGI's applies."""
    spec = draw(7)
    here, there = ours(spec), ours(spec)
    for reply in there["answers"]:
        reply["body"] += "more"
    adapted = [{"answers": [*map(as_asgi_has_it, found["answers"])]} for found in (here, there)]

    assert judge(spec, *adapted).known == {}
    request = {"path": "/", "headers": [["Content-Length", "x"]]}
    for reply, name in (({}, None), ({"is_asgis": True}, "ASGI: length of the body")):
        answers = {**here["answers"][0], **reply}, there["answers"][0]
        assert find_asgis(spec["app"], request, *answers) == name


def test_words_and_case_are_not_asgis() -> None:
    """A status keeps its code and a header its name, whatever WSGI writes around them."""
    reply: Spec = {"status": "404 GONE FISHING", "headers": [["x-a", "1"]], "body": "", "raised": None,
                   "log": [["start_response", True], ["view", "x"]], "features": []}  # fmt: skip

    shown = as_asgi_has_it(reply)

    assert (shown["status"], shown["headers"]) == ("404 NOT FOUND", [["X-A", "1"]])
    assert shown["log"] == [["view", "x"]]


def test_small_run_is_not_enough(ours: Callable[[Spec], Spec]) -> None:
    """The complete run fails for each feature that is too rare, and for known ones that are gone."""
    spec = draw(7)
    answers = ours(spec)
    comparison = Comparison()
    comparison.count(spec, judge(spec, answers, answers), answers)

    shortcomings = "\n".join(find_shortcomings(comparison))

    assert "20 request pairs" in shortcomings
    for name in (*REQUIRED, *(known.name for known in KNOWN)):
        assert repr(name) in shortcomings or comparison.features[name] >= LEAST_OF_EACH
    assert "20 request pairs on 1 distinct applications" in describe(comparison)


def test_malformed_requests_arrive_as_they_are() -> None:
    """What a description says wrong is wrong in the environ: nothing repairs it on the way."""
    request = {
        "path": "//\xff", "query": "q=\xff", "headers": [["Content-Length", "-1"], ["X", "a\x00"]],
        "body": "abc", "without": ["HTTP_HOST"],
    }  # fmt: skip

    environ = make_environ(request, Memory())

    assert environ["PATH_INFO"] == "//\xff"
    assert environ["QUERY_STRING"] == "q=\xff"
    assert environ["CONTENT_LENGTH"] == "-1"
    assert environ["HTTP_X"] == "a\x00"
    assert "HTTP_HOST" not in environ
    assert environ["wsgi.input"].read() == b"abc"


def test_memory_returns_cookies_and_spoils_them() -> None:
    """Cookies received are sent again, spoiled where the description says so, and deleted ones not."""
    memory = Memory()
    memory.learn([("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=22; Max-Age=60")])
    memory.learn([("Set-Cookie", "a=; Max-Age=0; Path=/")])

    assert memory.header({}) == "b=22"
    assert memory.header({"spoil_cookies": "cut"}) == "b=2"
    assert memory.header({"remembers": False}) is None


def test_types_are_told_apart() -> None:
    """What is recorded shows types, because equal text may hide unequal values."""
    values = ["1", 1, True, 1.0, b"1", ("1",), ["1"], None, {"1": "1"}, Path("1"), ValueError("1")]

    assert len({json.dumps(show(value)) for value in values}) == len(values)
