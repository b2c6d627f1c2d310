"""What does a user see of a failure? Their own code's part of the traceback, no frame of ours.

Used wherever a command loads or runs the application's code. What went wrong in
finding it is discovery's to say.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from types import TracebackType

# Whoever stands between the command's start and the user's code. "__main__" is not among
# them: before that start it is nobody's concern, after it it is the user's program.
_INTERMEDIATE = frozenset(("asyncio", "click", "flask", "importlib", "runpy", "werkzeug"))


def users_frames(tb: TracebackType | None) -> TracebackType | None:
    """Return the part of a traceback that starts in the user's code; None when none does."""
    while tb is not None:
        name = tb.tb_frame.f_globals.get("__name__") or ""
        if name.partition(".")[0] not in _INTERMEDIATE:
            return tb
        tb = tb.tb_next
    return None


def leave_users_frames(error: BaseException) -> BaseException:
    """Cut an error's traceback, and those it came from, to what starts in the user's code.

    A traceback that has no such part stays whole, because the mistake is then ours; but a
    SyntaxError names the user's file and line without any.
    """
    for link in _chain(error):
        frames = users_frames(link.__traceback__)
        if frames is not None or isinstance(link, SyntaxError):
            link.__traceback__ = frames
    return error


def format_for_user(error: BaseException) -> str:
    """Write out an error with the user's part of its traceback."""
    return "".join(traceback.format_exception(leave_users_frames(error)))


def report_users_frames_only(failure: BaseException) -> None:
    """Let an error that is about to end this process be reported without frames of ours.

    Called where the error leaves the command, whose frame its traceback starts with then.
    Only that error is reported so, and once; the hook that was there, an error tracker's
    for example, is called as before.
    """
    report, inner = sys.excepthook, failure.__traceback__

    def report_users_part(
        kind: type[BaseException], error: BaseException, tb: TracebackType | None
    ) -> None:
        sys.excepthook = report
        if error is failure:
            error.__traceback__ = inner  # without its callers, which were added meanwhile
            leave_users_frames(error)
            if error.__traceback__ is inner:
                error.__traceback__ = tb  # ours
            tb = error.__traceback__
        report(kind, error, tb)

    sys.excepthook = report_users_part


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it names as its cause or context, each once."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        link = waiting.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        yield link
        waiting += [link.__cause__, link.__context__]
