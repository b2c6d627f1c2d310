"""Which figures do the READMEs show? A part of the last complete run's, written by the run itself."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from .report import BLANK, TIMES, format_table
from .workloads import WORKLOADS

SHOWN = (
    *("plain", "route", "json", "json-post", "form-post", "upload-64k", "template"),
    *("session-read", "redirect", "missing", "hooks", "stream", "static", "async"),
)
_BLOCK = re.compile(r"(<!-- inproc: begin -->\n).*?(<!-- inproc: end -->)", re.DOTALL)

Rounds = Mapping[str, Sequence[float]]


def update(readme: Path, figures: Mapping[str, Rounds]) -> None:
    """Replace the table between a README's two marks; leave a file without them alone."""
    if not readme.exists():
        return
    text = readme.read_text(encoding="utf-8")
    table = write_table(figures)
    changed = _BLOCK.sub(lambda found: f"{found[1]}{table}{found[2]}", text)
    if changed != text:
        readme.write_text(changed, encoding="utf-8")


def write_table(figures: Mapping[str, Rounds]) -> str:
    """Write microseconds and ratios of the workloads that are shown."""
    rows = []
    for name in SHOWN:
        least = {peer: min(rounds) for peer, rounds in figures[name].items()}
        row = [WORKLOADS[name].title]
        row += [f"{least[peer]:.1f}" if peer in least else BLANK for peer in _PEERS]
        row += [
            f"{least[rival] / least['dewar']:.2f}" if rival in least else BLANK
            for rival in _PEERS[1:]
        ]
        rows.append(row)
    return format_table(
        ["", *(f"{p}, µs" for p in _PEERS), f"{TIMES} flask", f"{TIMES} falcon"], rows
    )


_PEERS = ("dewar", "flask", "falcon")
