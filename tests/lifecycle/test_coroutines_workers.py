from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from flask import Flask

colour: ContextVar[str] = ContextVar("colour", default="none")


def test_where_threads_are_patched_the_hubs_pool_runs_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a gevent worker a native thread of the hub runs the coroutine, with its context."""
    with ThreadPoolExecutor(1, "native") as executor:

        class Pool:
            def apply(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
                return executor.submit(function, *args).result()

        gevent, monkey = ModuleType("gevent"), ModuleType("gevent.monkey")
        vars(gevent)["get_hub"] = lambda: SimpleNamespace(threadpool=Pool())
        vars(monkey)["is_module_patched"] = lambda name: name == "threading"
        monkeypatch.setitem(sys.modules, "gevent", gevent)
        monkeypatch.setitem(sys.modules, "gevent.monkey", monkey)

        async def where() -> str:
            await asyncio.sleep(0)
            colour.set("seen outside")
            return threading.current_thread().name

        token = colour.set("before")
        try:
            assert app.ensure_sync(where)().startswith("native")
            assert colour.get() == "seen outside"
        finally:
            colour.reset(token)


GEVENT_WORKER = """
from gevent import monkey; monkey.patch_all()
import asyncio, gevent, threading
from contextvars import ContextVar
from flask import Flask, request, g
colour = ContextVar("colour", default="none")
app = Flask("shop")
@app.before_request
async def before():
    g.loop = asyncio.get_running_loop()
@app.route("/<name>")
async def index(name):
    await asyncio.sleep(0.01)
    colour.set(name)
    return f"{name} {request.path} {app.async_to_sync(deeper)()}"
async def deeper():
    await asyncio.sleep(0)
    return request.args["q"]
def ask(name):
    text = app.test_client().get(f"/{name}?q=1").text
    return text, colour.get()
jobs = [gevent.spawn(ask, f"n{i}") for i in range(3)]
gevent.joinall(jobs, timeout=20)
for job in jobs:
    print(job.value)
"""


def test_gevent_worker() -> None:
    """In a gevent worker, where threads are patched, coroutines run beside the hub."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT_WORKER],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.splitlines() == [str((f"n{i} /n{i} 1", f"n{i}")) for i in range(3)]


GEVENT_ERRORS = """
from gevent import monkey; monkey.patch_all()
from flask import Flask, abort
app = Flask("shop")
@app.route("/missing")
async def missing():
    abort(404)
@app.route("/handled")
async def handled():
    raise ValueError("known")
@app.errorhandler(ValueError)
async def explain(error):
    return f"explained {error}", 400
client = app.test_client()
print(client.get("/missing").status, client.get("/handled").text)
"""


def test_errors_in_a_gevent_worker() -> None:
    """An error of a coroutine is raised where it was called, and not reported by gevent besides."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", GEVENT_ERRORS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == "404 NOT FOUND explained known\n"


LEAVING = """
import threading
from flask import Flask
app = Flask("shop")
@app.route("/")
async def index():
    async def numbers():
        try:
            yield 1
        finally:
            print("generator closed")
    agen = numbers()
    await agen.__anext__()
    global kept
    kept = agen
    return "x"
print(app.test_client().get("/").text)
"""


def test_program_ends_without_a_warning() -> None:
    """At the end of the program the loop is closed, and async generators with it."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", "-c", LEAVING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout.split("\n")[:2] == ["x", "generator closed"]


FORKING = """
import asyncio, os
from flask import Flask
app = Flask("shop")
@app.route("/")
async def index():
    asyncio.get_running_loop().call_soon_threadsafe(lambda: None)
    await asyncio.sleep(0.01)
    return "x"
@app.route("/within")
async def within():
    return app.async_to_sync(index)()
def ask(path):
    return app.test_client().get(path).text
ask("/"), ask("/within")
child = os.fork()
def say(name):  # in one piece: both write to one pipe
    os.write(1, f"{name} {ask('/')} {ask('/within')}\\n".encode())
say("parent" if child else "child")
if not child:
    import gc
    gc.collect()
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
say("parent")
"""


def test_forked_worker() -> None:
    """A worker forked after a coroutine ran has a loop of its own; the parent's goes on."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:This process", "-c", FORKING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.stderr == ""
    assert sorted(done.stdout.splitlines()) == ["child x x", "parent x x", "parent x x"]
