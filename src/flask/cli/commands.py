"""What can one ask an application at the command line? ``flask shell`` and ``flask routes``.

``flask run`` has a file of its own; an application's own commands are its ``cli``.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flask.cli.discovery import with_appcontext
from flask.cli.terminal import count_columns, escape_controls, pad
from flask.globals import current_app

if TYPE_CHECKING:
    from werkzeug.routing import Map, Rule

SORT_KEYS = ["endpoint", "methods", "domain", "rule", "match"]


@click.command("shell")
@with_appcontext
def shell_command() -> None:
    """Open a Python shell inside the application's context.

    The application and what its shell context processors return are there by
    name. The file that PYTHONSTARTUP names is run first.
    """
    import code  # noqa: PLC0415 - start-up time: only a shell needs it

    namespace: dict[str, Any] = {}
    startup = os.environ.get("PYTHONSTARTUP")
    if startup and Path(startup).is_file():
        source = Path(startup).read_bytes()
        exec(compile(source, startup, "exec"), namespace)
    namespace.update(current_app.make_shell_context())
    _complete_names(namespace)
    code.interact(
        banner=(
            f"Python {sys.version} on {sys.platform}\n"
            f"App: {current_app.import_name}\n"
            f"Instance: {current_app.instance_path}"
        ),
        local=namespace,
    )


def _complete_names(namespace: dict[str, Any]) -> None:
    """Let the tab key complete names of the namespace, where Python's own shell would.

    The hook is the one that Python calls before its shell; it is called last so that
    a user's own completer wins.
    """
    hook = getattr(sys, "__interactivehook__", None)
    if hook is None:
        return
    try:
        import readline  # noqa: PLC0415 - not on every platform
        import rlcompleter  # noqa: PLC0415 - needs readline
    except ImportError:
        pass
    else:
        readline.set_completer(rlcompleter.Completer(namespace).complete)
    hook()


@click.command("routes")
@click.option(
    "--sort",
    "-s",
    type=click.Choice(SORT_KEYS),
    default="endpoint",
    help="What to sort by; 'match' is the order in which the URL map tries the rules.",
)
@click.option("--all-methods", is_flag=True, help="Show HEAD and OPTIONS as well.")
@with_appcontext
def routes_command(sort: str, all_methods: bool) -> None:
    """List every URL rule with its endpoint and methods."""
    url_map = current_app.url_map
    rules = list(url_map.iter_rules())
    if not rules:
        click.echo("No routes were registered.")
        return
    hidden = frozenset() if all_methods else frozenset(("HEAD", "OPTIONS"))
    handlers = current_app.websocket_functions
    rows = [
        _describe_rule(rule, url_map, hidden, rule.websocket and rule.endpoint in handlers)
        for rule in rules
    ]
    if sort != "match":
        rows.sort(key=lambda row: row[sort])

    columns = {"endpoint": "Endpoint", "methods": "Methods", "domain": "Subdomain", "rule": "Rule"}
    if url_map.host_matching:
        columns["domain"] = "Host"
    if not any(row["domain"] for row in rows):
        del columns["domain"]
    lines = _format_table(columns, rows)
    if sys.stdout.isatty():
        lines[1] = lines[1][
            : shutil.get_terminal_size().columns
        ]  # rules may wrap; the line need not
    click.echo("\n".join(lines))


def _describe_rule(
    rule: Rule, url_map: Map, hidden: frozenset[str], is_websocket: bool
) -> dict[str, str]:
    methods = {"WebSocket"} if is_websocket else (rule.methods or set()) - hidden
    domain = rule.host if url_map.host_matching else rule.subdomain
    return {
        "endpoint": escape_controls(str(rule.endpoint)),
        "methods": escape_controls(", ".join(sorted(methods))),
        "domain": escape_controls(domain or ""),
        "rule": escape_controls(rule.rule),
    }


def _format_table(columns: dict[str, str], rows: list[dict[str, str]]) -> list[str]:
    """Lay out rows under headings, each column as wide as its longest cell.

    No line ends in spaces: in a narrow terminal they would wrap into empty lines.
    """
    widths = {
        key: max(len(title), *(count_columns(row[key]) for row in rows))
        for key, title in columns.items()
    }
    lines = [columns, {key: "-" * width for key, width in widths.items()}, *rows]
    return ["  ".join(pad(line[key], widths[key]) for key in columns).rstrip() for line in lines]
