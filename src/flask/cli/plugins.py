"""Which commands do installed distributions add? Those of the entry points ``flask.commands``.

Asked by the ``flask`` program and its likes, once for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from flask.cli.reports import format_for_user, users_frames

GROUP = "flask.commands"


def load_plugins() -> Iterator[tuple[str, click.Command, bool]]:
    """Yield name, command, and whether it could be loaded, of every plugin.

    One that could not is there as well: it says why when it is called, and the others
    work. (Flask 3.1 ends every command with the error of one.)
    """
    import importlib.metadata  # noqa: PLC0415 - start-up time: not for app.cli

    for entry_point in importlib.metadata.entry_points(group=GROUP):
        command: Any
        try:
            command = entry_point.load()
        except Exception as error:  # noqa: BLE001 - the plugin's own, of whatever kind
            reason = report = f"{type(error).__name__}: {error}"
            if users_frames(error.__traceback__) is not None:
                report = format_for_user(error)
        else:
            if hasattr(command, "make_context"):
                yield entry_point.name, command, True
                continue
            reason = report = f"It is no Click command, but of type {type(command).__name__!r}."
        maker = entry_point.dist.name if entry_point.dist else "an unnamed distribution"
        message = (
            f"The command {entry_point.name!r} of {maker!r} could not be loaded from"
            f" {entry_point.value!r}:\n\n{report}"
        )
        yield entry_point.name, _refusal(entry_point.name, reason, message), False


def _refusal(name: str, reason: str, message: str) -> click.Command:
    """Make a command that takes any arguments and ends with the reason why it cannot run."""

    def refuse(args: tuple[str, ...]) -> None:
        raise click.ClickException(message)

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["args"], nargs=-1, type=click.UNPROCESSED)],
        short_help=f"(Not available: {reason})",
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
