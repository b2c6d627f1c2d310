"""One request, counted: the bytecodes that each line executes."""

import gc
import importlib
import inspect
import linecache
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from benchmarks.frameworks import ROOT
from benchmarks.workloads import WORKLOADS
from benchmarks.wsgi import drive, prepare

WARM = 50  # requests before the one that is counted: what is made once is made then

Line = tuple[CodeType, int]


def run(app_module: str, name: str) -> dict[str, Any]:
    """Count one request of a workload.

    Returns:
        The lines in the order in which they were first executed: their function, file, text,
        whose code it is, and how many bytecodes they executed.
    """
    workload = WORKLOADS[name]
    app = importlib.import_module(f"benchmarks.apps.{app_module}").make_app(name)
    environ = prepare(app, workload)
    drive(app, environ, workload.payload, WARM)
    counted: Counter[Line] = Counter()

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        frame.f_trace_opcodes = True
        if event == "opcode":
            counted[frame.f_code, frame.f_lineno or frame.f_code.co_firstlineno] += 1
        return trace

    before = sys.gettrace()
    here: Any = inspect.currentframe()
    here.f_trace_opcodes = True  # Python 3.12 looks for it when the trace is set
    gc.collect()
    gc.disable()  # what it would call is no part of the request
    sys.settrace(trace)
    try:
        drive(app, environ, workload.payload, 1)
    finally:
        sys.settrace(before)
        gc.enable()
    return {"lines": [_describe(line, count) for line, count in counted.items()]}


def _describe(line: Line, count: int) -> dict[str, Any]:
    code, number = line
    owner = _find_owner(code.co_filename)
    return {
        "owner": owner,
        "function": code.co_qualname,
        "file": Path(code.co_filename).name,
        "line": number,
        # Of genuine Flask nobody here reads a line: see CONTRIBUTING.md, clean room.
        "text": "" if owner == "flask" else linecache.getline(code.co_filename, number).strip(),
        "bytecodes": count,
    }


def _find_owner(filename: str) -> str:
    """Tell whose a file is: a package's, the standard library's, or the workload's own."""
    path = Path(filename)
    flask = sys.modules.get("flask")
    if flask is not None and path.is_relative_to(Path(flask.__file__ or "").parent):
        return "dewar" if "+dewar" in version("flask") else "flask"
    if "site-packages" in path.parts:
        return path.parts[path.parts.index("site-packages") + 1].removesuffix(".py")
    return "workload" if path.is_relative_to(ROOT / "benchmarks") else "python"
