"""Which frameworks are measured, and in which environment does each live?

Every framework gets its own virtual environment under ``.venvs``, made when it is
first needed and again when its pins or the Python change.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ROOT / ".venvs"

# Dewar and Flask stand on equal ground: the same versions below them.
JINJA = ("jinja2==3.1.6", "markupsafe==3.0.4")
SERVERS = (
    *("granian==2.8.7", "gunicorn==27.0.1", "uvicorn==0.54.0"),
    *("httptools==0.9.0", "websockets==17.4"),  # uvicorn reads HTTP and WebSockets by these
)
LIBRARIES = ("werkzeug==3.1.9", *JINJA, "click==8.5.1", "itsdangerous==2.2.0", "blinker==1.9.0")


class SetupError(Exception):
    """An environment could not be made; the text holds pip's own words."""


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A framework in its own environment.

    Attributes:
        name: What the table and the command line call it.
        requires: What pip installs, each pinned.
        app: The module in ``apps`` that serves the workloads under WSGI, if there is one.
        asgi_app: The same under ASGI.
        imports: The statement whose cost ``startup`` measures.
        lacks: Workloads that need a feature the framework does not have.
        environment_of: The framework whose environment this one shares; by default its own.
    """

    name: str
    requires: tuple[str, ...]
    app: str = ""
    asgi_app: str = ""
    imports: str = "pass"
    lacks: frozenset[str] = frozenset()
    environment_of: str = ""

    @property
    def environment(self) -> Path:
        """The folder of the virtual environment."""
        return ENVIRONMENTS / f"bench-{self.environment_of or self.name}"

    @property
    def python(self) -> str:
        """The interpreter of the virtual environment."""
        folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return str(self.environment / folder / name)


_NO_SESSIONS = {"session-read", "session-write"}
_FLASK_ONLY = _NO_SESSIONS | {"hooks", "nested-hooks", "method-view", "signals", "async"}

FRAMEWORKS = {
    framework.name: framework
    for framework in (
        Framework(
            name="dewar",
            requires=(*LIBRARIES, "--editable", str(ROOT)),
            app="flask_app",
            asgi_app="flask_asgi_app",
            imports="import flask",
        ),
        Framework(
            name="flask",
            requires=("flask==3.1.3", *LIBRARIES, "asgiref==3.13.0"),
            app="flask_app",
            imports="import flask",
        ),
        Framework(
            name="falcon",
            requires=("falcon==4.4.0", *JINJA),
            app="falcon_app",
            imports="import falcon",
            lacks=frozenset(_FLASK_ONLY | {"send-file"}),
        ),
        Framework(
            name="bottle",
            requires=("bottle==0.13.4", *JINJA),
            app="bottle_app",
            imports="import bottle",
            lacks=frozenset(_FLASK_ONLY | {"error-handler", "options"}),
        ),
        Framework(
            name="bare",
            requires=JINJA,
            app="bare_app",
            asgi_app="bare_asgi_app",
        ),
        Framework(
            name="starlette",
            requires=("starlette==1.10.0", "python-multipart==0.0.34"),
            asgi_app="starlette_app",
            imports="import starlette",
            lacks=frozenset({"sync-inline", "upload-sync"}),
        ),
        Framework(
            name="blacksheep",
            requires=("blacksheep==2.6.4",),
            asgi_app="blacksheep_app",
            imports="import blacksheep",
            lacks=frozenset({"sync"}),  # a plain function runs on the loop
        ),
        Framework(
            name="quart",
            requires=("quart==0.22.0", *LIBRARIES),
            asgi_app="quart_app",
            imports="import quart",
            lacks=frozenset({"sync-inline"}),
        ),
        Framework(
            name="litestar",
            requires=("litestar==2.25.0",),
            asgi_app="litestar_app",
            imports="import litestar",
        ),
        Framework(
            name="fastapi",
            requires=("fastapi==0.165.0", "starlette==1.10.0"),
            asgi_app="fastapi_app",
            imports="import fastapi",
            lacks=frozenset({"sync-inline"}),
        ),
    )
}

WSGI_PEERS = tuple(name for name, framework in FRAMEWORKS.items() if framework.app)
ASGI_PEERS = tuple(name for name, framework in FRAMEWORKS.items() if framework.asgi_app)


def ensure_environment(framework: Framework, *, servers: bool = False) -> None:
    """Make the framework's environment, unless it is there as it should be.

    Args:
        framework: The framework that lives there.
        servers: Install the servers as well.

    Raises:
        SetupError: venv or pip failed.
    """
    if not _is_installed(framework, "made-from.json", framework.requires):
        print(f"Making {framework.environment.relative_to(ROOT)} …", file=sys.stderr)
        _run(sys.executable, "-m", "venv", "--clear", str(framework.environment))
        _install(framework, "made-from.json", framework.requires)
    if servers and not _is_installed(framework, "servers-from.json", SERVERS):
        print(f"Adding servers to {framework.environment.relative_to(ROOT)} …", file=sys.stderr)
        _install(framework, "servers-from.json", SERVERS)


def _is_installed(framework: Framework, stamp: str, requires: tuple[str, ...]) -> bool:
    file = framework.environment / stamp
    return file.exists() and file.read_text() == _describe(requires)


def _describe(requires: tuple[str, ...]) -> str:
    """Write what an environment was made from: the Python and the pins."""
    return json.dumps([sys.version, *requires])


def _install(framework: Framework, stamp: str, requires: tuple[str, ...]) -> None:
    pip = (framework.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    _run(*pip, *requires)
    framework.environment.joinpath(stamp).write_text(_describe(requires))


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, env=clean_variables(), capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")


def list_versions(framework: Framework) -> dict[str, str]:
    """Return the installed distributions of the environment with their versions."""
    program = (
        "import importlib.metadata as m, json;"
        "print(json.dumps({d.name.lower(): d.version for d in m.distributions()}))"
    )
    command = [framework.python, "-c", program]
    output = subprocess.check_output(command, cwd=framework.environment, env=clean_variables())
    versions: dict[str, str] = json.loads(output)
    return {name: versions[name] for name in sorted(versions) if name not in {"pip", "setuptools"}}


def clean_variables() -> dict[str, str]:
    """Return the environment variables without those that change how Python or Flask runs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "FLASK_")) and name != "VIRTUAL_ENV"
    }
