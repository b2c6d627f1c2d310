"""How fast, at a glance: an SVG chart of the in-process figures, written by hand.

It brings its own background in a light and a dark version and uses the reader's
fonts, so that it can be read on any page and fetches nothing.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from .workloads import Workload

TIMES = "\N{MULTIPLICATION SIGN}"
SERIES = ("dewar", "falcon")  # beside genuine Flask, which is the line at 1
NAMES = {"dewar": "Dewar", "falcon": "Falcon"}
WIDTH, LABELS, RIGHT = 820, 236, 64  # pixels: the chart, the names' column, room for figures
ROW, BAR, TOP, BOTTOM = 30, 10, 74, 44
STYLE = """
  text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328; }
  .title { font-size: 16px; font-weight: 600; }
  .small { font-size: 11px; fill: #59636e; }
  .figure { font-size: 11px; }
  .page { fill: #ffffff; stroke: #d1d9e0; }
  .grid { stroke: #d1d9e0; }
  .flask { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .dewar { fill: #0969da; }
  .falcon { fill: #b08800; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .small { fill: #a3adb8; }
    .page { fill: #0d1117; stroke: #3d444d; }
    .grid { stroke: #3d444d; }
    .flask { stroke: #a3adb8; }
    .dewar { fill: #4493f8; }
    .falcon { fill: #d4a72c; }
  }
"""


def draw(
    workloads: Sequence[Workload],
    figures: Mapping[str, Mapping[str, Sequence[float]]],
    facts: str,
) -> str:
    """Draw a bar per workload and framework: how many times genuine Flask's speed.

    Args:
        workloads: The rows, from top to bottom.
        figures: By workload and framework, the time of a request in each round.
        facts: Where the figures come from; the chart's last line.
    """
    rows = [(workload.title, _find_ratios(figures[workload.name])) for workload in workloads]
    longest = max((ratio for _, ratios in rows for ratio in ratios.values()), default=1.0)
    scale = (WIDTH - LABELS - RIGHT) / max(longest, 1.0)
    height = TOP + ROW * len(rows) + BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title">',
        '<title id="title">Requests in the time that Flask 3.1.3 needs for one</title>',
        f"<style>{STYLE}</style>",
        f'<rect class="page" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="6"/>',
        _text(16, 28, "Requests in the time that Flask 3.1.3 needs for one", "title"),
        *_draw_legend(),
        *_draw_grid(scale, max(longest, 1.0), height - BOTTOM),
    ]
    for number, (title, ratios) in enumerate(rows):
        lines.extend(_draw_row(TOP + ROW * number, title, ratios, scale))
    flask = LABELS + scale
    lines.append(_line("flask", flask, TOP - 6, height - BOTTOM))
    lines.append(
        _text(16, height - 14, f"CPU time in process, smallest of all rounds. {facts}", "small")
    )
    return "\n".join([*lines, "</svg>", ""])


def _find_ratios(taken: Mapping[str, Sequence[float]]) -> dict[str, float]:
    if "flask" not in taken:
        return {}
    return {name: min(taken["flask"]) / min(taken[name]) for name in SERIES if name in taken}


def _draw_legend() -> list[str]:
    lines = []
    for number, name in enumerate(SERIES):
        left = 16 + 90 * number
        lines.append(f'<rect class="{name}" x="{left}" y="42" width="12" height="12" rx="2"/>')
        lines.append(_text(left + 18, 53, NAMES[name]))
    left = 16 + 90 * len(SERIES)
    lines.append(f'<path class="flask" d="M{left} 48h22"/>')
    lines.append(_text(left + 28, 53, "Flask"))
    return lines


def _draw_grid(scale: float, longest: float, bottom: float) -> list[str]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if longest / step <= 10)
    lines = []
    for value in range(0, int(longest) + 1, step):
        left = LABELS + value * scale
        lines.append(_line("grid", left, TOP - 6, bottom))
        lines.append(_text(left, bottom + 14, f"{value}", "small", anchor="middle"))
    return lines


def _draw_row(top: int, title: str, ratios: Mapping[str, float], scale: float) -> list[str]:
    lines = [_text(LABELS - 10, top + 15, title, anchor="end")]
    for number, (name, ratio) in enumerate(ratios.items()):
        bar_top = top + 1 + number * (BAR + 2) + (BAR // 2 if len(ratios) == 1 else 0)
        width = max(ratio * scale, 1)
        lines.append(
            f'<rect class="{name}" x="{LABELS}" y="{bar_top}" width="{width:.1f}" '
            f'height="{BAR}" rx="2"/>'
        )
        figure = f"{ratio:.1f} {TIMES}"
        lines.append(_text(LABELS + width + 5, bar_top + BAR - 1, figure, "figure"))
    return lines


def _line(kind: str, left: float, top: float, bottom: float) -> str:
    return f'<path class="{kind}" d="M{left:.1f} {top}V{bottom}"/>'


def _text(left: float, base: float, text: str, kind: str = "", anchor: str = "start") -> str:
    of_kind = f' class="{kind}"' if kind else ""
    return f'<text{of_kind} x="{left:.1f}" y="{base}" text-anchor="{anchor}">{escape(text)}</text>'
