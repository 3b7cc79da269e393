"""The budget-benefit curve as one SVG: money across, people up, the present budget marked."""

from html import escape

from i18n import Lang, tr
from pipelines.plan_report.model import CurvePoint

_FONT = "Noto Sans CJK SC"
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 14, 36
_LINE, _MARK, _INK, _FAINT = "#0b6e4f", "#b45309", "#334155", "#e2e8f0"


def curve_svg(
    points: tuple[CurvePoint, ...], budget_yuan: float, lang: Lang, width: int = 700, height: int = 210
) -> str:
    """Return the curve; an empty string with fewer than two points.

    Parameters
    ----------
    points : by rising budget, yuan and people.
    budget_yuan : marked by an upright line, where it lies within the curve.
    """
    if len(points) < 2:
        return ""
    most_yuan = max(p.budget_yuan for p in points) or 1
    most_people = max(p.people for p in points) or 1
    across, up = _nice(most_yuan / 1e4), _nice(most_people)

    def x(yuan: float) -> float:
        return _LEFT + (width - _LEFT - _RIGHT) * yuan / 1e4 / across[-1]

    def y(people: float) -> float:
        return height - _BOTTOM - (height - _TOP - _BOTTOM) * people / up[-1]

    parts = [
        f'<path d="M{_LEFT} {y(tick):.1f}H{width - _RIGHT}" stroke="{_FAINT}"/>'
        + _text(_LEFT - 6, y(tick) + 4, f"{tick:,.0f}", "end")
        for tick in up
    ]
    parts += [_text(x(tick * 1e4), height - _BOTTOM + 15, f"{tick:,.0f}", "middle") for tick in across]
    parts.append(
        f'<path d="M{_LEFT} {_TOP}V{height - _BOTTOM}H{width - _RIGHT}" fill="none" stroke="{_INK}"/>'
    )
    line = "L".join(f"{x(p.budget_yuan):.1f} {y(p.people):.1f}" for p in points)
    parts.append(f'<path d="M{line}" fill="none" stroke="{_LINE}" stroke-width="2.2"/>')
    parts += [
        f'<circle cx="{x(p.budget_yuan):.1f}" cy="{y(p.people):.1f}" r="2.8" fill="{_LINE}"/>' for p in points
    ]
    if 0 < budget_yuan <= across[-1] * 1e4:
        at = x(budget_yuan)
        right = at > width * 0.7
        parts.append(
            f'<path d="M{at:.1f} {_TOP}V{height - _BOTTOM}" stroke="{_MARK}" stroke-dasharray="4 3"/>'
            + _text(
                at + (-5 if right else 5),
                _TOP + 9,
                tr("selection.report.curve_now", lang),
                "end" if right else "start",
                _MARK,
            )
        )
    parts.append(
        _text(width - _RIGHT, height - 5, tr("selection.report.curve_across", lang), "end")
        + _text(_LEFT + 6, _TOP + 2, tr("selection.report.curve_up", lang), "start")
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="{_FONT}" font-size="11">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, words: str, anchor: str, color: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{color}">{escape(words)}</text>'


def _nice(most: float) -> list[float]:
    """Round ticks from zero to at least `most`."""
    power = 10.0
    while power * 4 > most:
        power /= 10
    while power * 40 < most:
        power *= 10
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power * 5 >= most)
    ticks = [0.0]
    while ticks[-1] < most:
        ticks.append(ticks[-1] + step)
    return ticks
