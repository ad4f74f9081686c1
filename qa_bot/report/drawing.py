"""The report's drawings: plain SVG whose text stays text and whose colours the page's style sheet gives.

The reader's own fonts draw the text, so Chinese labels need none of ours; light and dark, print and a narrow screen are
the style sheet's. Everything drawn is a share, so the axes need no library to choose them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from qa_bot.evaluation import Rate
from qa_bot.evaluation.traces import RANKS, Point

WIDTH, HEIGHT = 440, 340
LEFT, RIGHT, TOP, BOTTOM = 68, 408, 20, 276
TICKS = (0, 20, 40, 60, 80, 100)
_STRIP = '<svg class="strip" viewBox="-4 0 108 14" preserveAspectRatio="xMinYMid" aria-hidden="true">'


def interval(rate: Rate, earlier: Rate | None = None) -> str:
    """The interval as a band, the share as a mark on it; what it was earlier as a hollow mark."""
    if not rate.n:
        return ""
    low, high = (100 * bound for bound in rate.interval)
    was = f'<circle class="was" cx="{100 * earlier.rate:.1f}" cy="7" r="3"/>' if earlier else ""
    return (
        f'{_STRIP}<path class="axis" d="M0 7H100M0 4V10M50 4V10M100 4V10"/>'
        f'<rect class="band" x="{low:.1f}" y="4" width="{high - low:.1f}" height="6" rx="1"/>{was}'
        f'<circle class="dot" cx="{100 * rate.rate:.1f}" cy="7" r="3"/></svg>'
    )


def shares(counts: Mapping[str, int]) -> str:
    """Counts by rank as one bar in parts, the first places strongest."""
    total, at, parts = sum(counts.values()), 0.0, []
    for place, name in enumerate(RANKS):
        width = 100 * counts[name] / total if total else 0.0
        if width:
            title = f"<title>{escape(name)}: {counts[name]}</title>"
            parts.append(f'<rect class="rank{place}" x="{at:.2f}" width="{width:.2f}" y="1" height="12">{title}</rect>')
        at += width
    return f"{_STRIP}{''.join(parts)}</svg>"


def curve(points: Sequence[Point], chosen: Point, title: str, x: str, y: str, mark: str) -> str:
    """The refusal curve, both axes in percent: answers lost across, refusals right upwards; the chosen point marked."""
    path = "L".join(f"{_x(p.lost):.1f} {_y(p.refused):.1f}" for p in points)
    dots = "".join(
        f'<circle class="step" cx="{_x(p.lost):.1f}" cy="{_y(p.refused):.1f}" r="5">'
        f"<title>{escape(told(p))}</title></circle>"
        for p in points
    )
    cx, cy = _x(chosen.lost), _y(chosen.refused)
    left = cx > (LEFT + RIGHT) / 2
    name, side = f"{title}: {told(chosen)}", "end" if left else "start"
    middle = (TOP + BOTTOM) / 2
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(name)}">'
        f"<title>{escape(title)}</title>{_axes()}"
        f'<path class="chance" d="M{LEFT} {BOTTOM}L{RIGHT} {TOP}"/><path class="line" d="M{path}"/>{dots}'
        f'<path class="rule" d="M{LEFT} {cy:.1f}H{cx:.1f}V{BOTTOM}"/>'
        f'<circle class="chosen" cx="{cx:.1f}" cy="{cy:.1f}" r="6"><title>{escape(told(chosen))}</title></circle>'
        f'<text class="mark" x="{cx + (-12 if left else 12):.1f}" y="{min(cy + 22, BOTTOM - 6):.1f}"'
        f' text-anchor="{side}">{escape(mark)}</text>'
        f'<text x="{(LEFT + RIGHT) / 2}" y="{BOTTOM + 46}" text-anchor="middle">{escape(x)}</text>'
        f'<text transform="translate(14 {middle}) rotate(-90)" text-anchor="middle">{escape(y)}</text>'
        "</svg>"
    )


def told(point: Point) -> str:
    """The point in words."""
    return (
        f"threshold {point.threshold:.2f}: {point.refused.hits} of {point.refused.n} refused rightly, "
        f"{point.lost.hits} of {point.lost.n} answers lost"
    )


def _axes() -> str:
    lines = "".join(
        f"M{LEFT} {_scaled(t, BOTTOM, TOP)}H{RIGHT}M{_scaled(t, LEFT, RIGHT)} {TOP}V{BOTTOM}" for t in TICKS
    )
    up = "".join(
        f'<text x="{LEFT - 8}" y="{_scaled(t, BOTTOM, TOP) + 4}" text-anchor="end">{t} %</text>' for t in TICKS
    )
    across = "".join(
        f'<text x="{_scaled(t, LEFT, RIGHT)}" y="{BOTTOM + 20}" text-anchor="middle">{t} %</text>' for t in TICKS
    )
    return f'<path class="grid" d="{lines}"/>{up}{across}'


def _scaled(percent: float, low: float, high: float) -> float:
    return round(low + (high - low) * percent / 100, 1)


def _x(lost: Rate) -> float:
    return _scaled(100 * lost.rate, LEFT, RIGHT)


def _y(refused: Rate) -> float:
    return _scaled(100 * refused.rate, BOTTOM, TOP)
