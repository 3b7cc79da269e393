"""A theme's classes, colours and words, from an indicator and its values."""

import math
from dataclasses import dataclass

import numpy as np

from i18n import Lang
from layers import Direction, Indicator, Unit
from maps.classes import Classes, Closed, Method, Values, classify, tidy
from maps.ramps import Ramp, around_target, sequential

_WHOLE = {Unit.PERSONS, Unit.HOUSES, Unit.VILLAGES, Unit.PROJECTS}
_SUFFIX: dict[Unit, tuple[str, str]] = {
    Unit.SHARE: ("%", "%"),
    Unit.PERSONS: (" 人", ""),
    Unit.HOUSES: (" 户", ""),
    Unit.PER_1000_HOUSEHOLDS: ("‰", "‰"),
    Unit.VILLAGES: (" 个", ""),
    Unit.METRES: (" 米", " m"),
    Unit.MBPS: (" Mbps", " Mbps"),
    Unit.DAYS: (" 天", " days"),
    Unit.MINUTES: (" 分钟", " min"),
    Unit.MU: (" 亩", " mu"),
    Unit.PROJECTS: (" 个", ""),
    Unit.INDEX: ("", ""),
}
_SIDE_LIMIT = 4


@dataclass(frozen=True)
class ThemeClasses:
    """How a theme is drawn and explained; `colors`, `labels` and `counts` go by class."""

    classes: Classes
    colors: tuple[str, ...]
    labels: tuple[str, ...]
    counts: tuple[int, ...]
    without_data: int
    target: str | None
    """The target in words, None if the classes do not break there."""


def theme_classes(
    values: Values, indicator: Indicator, lang: Lang, method: Method = Method.TARGET, count: int = 5
) -> ThemeClasses:
    """Return classes of an indicator's values: round edges, colours that say better or worse, labels.

    Parameters
    ----------
    values : one for each unit drawn, in the indicator's stored unit; NaN for no data.
    indicator : decides the unit, the colours and the target.
    lang : language of the labels.
    method : `Method.TARGET` breaks at the target, where the indicator has one.
    count : classes wished for, 3 to 6; ties may make them fewer.
    """
    found = classify(values, method, count, target=indicator.target, direction=indicator.direction)
    if found.count:
        found = tidy(found, _step(found, indicator.unit))
    return ThemeClasses(
        classes=found,
        colors=_colors(found, indicator.direction),
        labels=_labels(found, indicator.unit, lang),
        counts=found.counts(values) if found.count else (),
        without_data=int(np.count_nonzero(np.isnan(np.asarray(values, dtype=float)))),
        target=None
        if found.target_at is None or indicator.target is None
        else _number(indicator.target, indicator.unit) + _suffix(indicator.unit, lang),
    )


def _colors(found: Classes, direction: Direction) -> tuple[str, ...]:
    if found.count == 0:
        return ()
    if found.target_at is None:
        ramp = Ramp.BURDEN if direction is Direction.LOWER else Ramp.MORE
        return sequential(ramp, found.count)
    under, over = found.target_at, found.count - found.target_at
    if direction is Direction.LOWER:
        return tuple(reversed(around_target(min(over, _SIDE_LIMIT), min(under, _SIDE_LIMIT))))
    return around_target(min(under, _SIDE_LIMIT), min(over, _SIDE_LIMIT))


def _step(found: Classes, unit: Unit) -> float:
    """A power of ten fine enough that rounding moves no edge by more than about a twentieth of a class."""
    spread = found.edges[-1] - found.edges[0]
    step = 10.0 ** math.floor(math.log10(spread / (10 * found.count))) if spread > 0 else 0.001
    return max(1.0, step) if unit in _WHOLE else step


def _number(value: float, unit: Unit) -> str:
    shown = value * 100 if unit is Unit.SHARE else value
    return f"{shown:,.6f}".rstrip("0").rstrip(".")


def amount(value: float, unit: Unit, lang: Lang, suffix: str | None = None) -> str:
    """A value as legends write it: shares as per cent, with the unit or another suffix."""
    return _number(value, unit) + (_suffix(unit, lang) if suffix is None else suffix)


def _suffix(unit: Unit, lang: Lang) -> str:
    return _SUFFIX[unit][1 if lang == "en" else 0]


def _labels(found: Classes, unit: Unit, lang: Lang) -> tuple[str, ...]:
    suffix = _suffix(unit, lang)
    labels = []
    for index in range(found.count):
        low, high = found.edges[index], found.edges[index + 1]
        if unit in _WHOLE:
            low += found.closed is Closed.RIGHT and index > 0 and low < high
            high -= found.closed is Closed.LEFT and index < found.count - 1 and low < high
        text = _number(low, unit)
        labels.append((text if low == high else f"{text}–{_number(high, unit)}") + suffix)
    return tuple(labels)
