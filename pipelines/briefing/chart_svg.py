"""The charts of a briefing as SVG, for paper: bars with a mark for the target, lines by month."""

import math
from html import escape

from pipelines.briefing.model import Chart, ChartKind
from pipelines.paper import FONT
from pipelines.words_on_paper import cells

COLORS = ("#0b6e4f", "#b45309", "#1d4ed8", "#7c3aed")
"""Of series in their order; the documents' own charts use the same."""
_INK, _FAINT, _GRID = "#334155", "#64748b", "#e2e8f0"
_BAR_PX, _WIDTH = 26, 640


def chart_svg(chart: Chart) -> str:
    """Return a chart as one ``<svg>``, 640 pixels wide; text in it is escaped."""
    return _bars(chart) if chart.kind is ChartKind.BARS else _lines(chart)


def _bars(chart: Chart) -> str:
    """Lying bars of the first series, marks of the second, the numbers beside them."""
    (name, values), *marks = chart.series
    left = 14 + max(cells(one) for one in chart.categories) * 6
    right, top = 62, 26
    height = top + _BAR_PX * len(chart.categories) + 8
    most = max([100.0, *(value for _, series in chart.series for value in series if value is not None)])

    def x(value: float) -> float:
        return left + (_WIDTH - left - right) * value / most

    parts = [f'<path d="M{x(tick):.1f} {top}V{height - 8}" stroke="{_GRID}"/>' for tick in (25, 50, 75, 100)]
    parts += _keys([name, *(title for title, _ in marks)], left)
    for index, category in enumerate(chart.categories):
        middle = top + _BAR_PX * (index + 0.5)
        parts.append(_text(left - 8, middle + 4, category, "end"))
        value = values[index]
        if value is not None:
            parts.append(
                f'<rect x="{left}" y="{middle - 7}" width="{max(0.5, x(value) - left):.1f}" height="14" '
                f'fill="{COLORS[0]}"/>'
            )
        for _, series in marks:
            mark = series[index]
            if mark is not None:
                parts.append(
                    f'<path d="M{x(mark):.1f} {middle - 10}V{middle + 10}" stroke="{COLORS[1]}" stroke-width="2.5"/>'
                )
        shown = "—" if value is None else f"{value:g}{chart.unit}"
        parts.append(_text(_WIDTH - 4, middle + 4, shown, "end"))
    return _whole(parts, height)


def _lines(chart: Chart) -> str:
    """Lines over the months, the last value written at the end."""
    height, left, right, top, bottom = 230, 50, 64, 28, 30
    known = [value for _, series in chart.series for value in series if value is not None]
    most = _round_up(max([*known, 1.0]))
    count = len(chart.categories)

    def x(index: int) -> float:
        return left + (_WIDTH - left - right) * index / max(1, count - 1)

    def y(value: float) -> float:
        return height - bottom - (height - top - bottom) * value / most

    parts = _keys([name for name, _ in chart.series], left)
    for step in range(5):
        tick = most * step / 4
        parts.append(f'<path d="M{left} {y(tick):.1f}H{_WIDTH - right}" stroke="{_GRID}"/>')
        parts.append(_text(left - 6, y(tick) + 4, f"{tick:,g}{chart.unit}", "end", _FAINT))
    every = max(1, -(-count // 7))
    parts += [
        _text(x(index), height - 10, category, "middle", _FAINT)
        for index, category in enumerate(chart.categories)
        if (count - 1 - index) % every == 0
    ]
    ends: list[float] = []
    for color, (_, series) in zip(COLORS, chart.series, strict=False):
        points = [(x(index), y(value)) for index, value in enumerate(series) if value is not None]
        if not points:
            continue
        path = "L".join(f"{across:.1f} {up:.1f}" for across, up in points)
        parts.append(
            f'<path d="M{path}" fill="none" stroke="{color}" stroke-width="2.4" stroke-linejoin="round"/>'
        )
        parts += [
            f'<circle cx="{across:.1f}" cy="{up:.1f}" r="2.6" fill="{color}"/>' for across, up in points
        ]
        last = next(value for value in reversed(series) if value is not None)
        at = _apart(points[-1][1] + 4, ends)
        ends.append(at)
        parts.append(_text(points[-1][0] + 8, at, f"{last:,.10g}{chart.unit}", "start", color))
    return _whole(parts, height)


def _apart(y: float, others: list[float]) -> float:
    """A height for a number, moved from those that stand there."""
    for other in others:
        if abs(y - other) < 13:
            return other + 13 if y >= other else other - 13
    return y


def _round_up(most: float) -> float:
    """A round number not below, whose quarters are round too."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 4, 6, 8, 10) if step * power >= most)


def _keys(names: list[str], left: float) -> list[str]:
    """The colours of the series in words, above the chart."""
    parts, x = [], float(left)
    for color, name in zip(COLORS, names, strict=False):
        parts.append(f'<rect x="{x:.1f}" y="6" width="14" height="9" fill="{color}"/>')
        parts.append(_text(x + 19, 14.5, name, "start"))
        x += 19 + cells(name) * 6.2 + 18
    return parts


def _text(x: float, y: float, words: str, anchor: str, color: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>'


def _whole(parts: list[str], height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" width="{_WIDTH}" '
        f'height="{height:g}" font-family="{FONT}" font-size="11.5">{"".join(parts)}</svg>'
    )
