"""How are measured figures summed up, shown as a table and kept?

The smallest of a cell's rounds is its figure: noise of a shared machine only adds.
"""

import datetime
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .frameworks import ROOT, Framework, list_versions

HERE = Path(__file__).parent
TIMES = "\N{MULTIPLICATION SIGN}"
BLANK = "\N{EN DASH}"  # the framework lacks the feature
WRONG = "wrong"  # the answer was not the workload's, so nothing was timed


def compare(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, float, float]:
    """Tell how many times faster ``ours`` is, from rounds taken side by side.

    Returns:
        The ratio of the smallest figures, then the smallest and the largest ratio
        of the single rounds: the spread.
    """
    rounds = [their / our for our, their in zip(ours, theirs, strict=True)]
    return min(theirs) / min(ours), min(rounds), max(rounds)


def format_ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """Write a comparison for a table cell: ratio (smallest round .. largest round)."""
    ratio, lowest, highest = compare(ours, theirs)
    return f"**{ratio:.2f}** ({lowest:.2f}..{highest:.2f})"


def format_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a markdown table; the first column is text, the others are figures."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    lines.extend("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join(lines) + "\n"


def describe_machine() -> dict[str, str]:
    """Tell when, on what and from which commit the figures come."""
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.release()}",
        "cpu": f"{_name_cpu()}, {os.cpu_count()} cores",
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "commit": _name_commit(),
    }


def _name_cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _name_commit() -> str:
    def git(*arguments: str) -> str:
        command = ["git", *arguments]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()

    commit = git("rev-parse", "--short", "HEAD") or "none"
    changed = git("status", "--porcelain", "--", "src", "benchmarks/apps", "benchmarks/tasks")
    return f"{commit} with changes" if changed else commit


RATIO = (
    "A ratio is that of the smallest figures; in brackets the smallest and the largest ratio of"
    " single rounds.\n"
)


def format_facts(machine: Mapping[str, str], how: str, ratio: str = RATIO) -> str:
    """Write the lines below a table that say where its figures come from and how to read them."""
    facts = ", ".join(machine[key] for key in ("cpu", "python", "system", "date"))
    return f"{how} {facts}, load {machine['load']}; commit {machine['commit']}.\n{ratio}"


def keep(
    suite: str,
    markdown: str,
    machine: Mapping[str, str],
    figures: Any,
    peers: Sequence[Framework],
    folder: Path,
) -> None:
    """Replace the suite's last table in ``folder`` and add its figures to the history there."""
    write(folder / "results" / f"{suite}.md", markdown)
    versions = {peer.name: list_versions(peer) for peer in peers}
    record = {"suite": suite, "machine": machine, "versions": versions, "figures": figures}
    stamp = machine["date"].replace(":", "")
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    write(folder / "history" / f"{stamp}-{suite}.json", text)


def write(file: Path, text: str) -> None:
    """Write a file, and its folder if need be."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
