"""How a briefing writes figures: a value with its unit, a change, a distance to the target, money."""

import math
from dataclasses import dataclass

from i18n import Lang, tr
from layers import Direction, Indicator, Unit

_WHOLE = {Unit.PERSONS, Unit.HOUSES, Unit.VILLAGES, Unit.DAYS, Unit.METRES}
_LEAST_POINTS = 0.0005
"""Shares closer than half a tenth of a point are the same on paper."""


@dataclass(frozen=True)
class Fact:
    """An indicator of one place on a day, beside the snapshot before; NaN without data.

    Attributes
    ----------
    value, previous : in the indicator's stored unit.
    with_data, units : how many of the units counted are known.
    """

    indicator: Indicator
    value: float
    previous: float
    numerator: float
    denominator: float
    with_data: int
    units: int

    @property
    def known(self) -> bool:
        """Whether there are data."""
        return not math.isnan(self.value)

    @property
    def change(self) -> float:
        """Since the snapshot before; NaN where either is unknown, 0 where it is too small to write."""
        moved = self.value - self.previous
        return 0.0 if abs(moved) < least(self.indicator.unit) else moved

    @property
    def short(self) -> float:
        """Distance still to go to the target, 0 where it is met; NaN without a target or data."""
        return short_of(self.value, self.indicator)


def least(unit: Unit) -> float:
    """The smallest change that shows in figures of a unit."""
    if unit is Unit.SHARE:
        return _LEAST_POINTS
    return 0.5 if unit in _WHOLE else 0.05


def short_of(value: float, indicator: Indicator) -> float:
    """Distance of a value from the target in the stored unit, 0 where it is met, NaN where nobody can say."""
    if indicator.target is None or indicator.direction is Direction.NEUTRAL or math.isnan(value):
        return math.nan
    apart = indicator.target - value if indicator.direction is Direction.HIGHER else value - indicator.target
    return max(0.0, apart)


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separators and at most `digits` decimals."""
    shown = f"{value:,.{digits}f}"
    shown = shown.rstrip("0").rstrip(".") if digits else shown
    return "0" if shown == "-0" else shown


def figure(value: float, unit: Unit, lang: Lang) -> str:
    """An indicator's value with its unit, or the words for no data; what only rounds to all or nothing is told."""
    if math.isnan(value):
        return tr("briefing.no_data", lang)
    if unit is Unit.SHARE:
        return share(value)
    name = tr(f"pages.unit.{unit.value}", lang)
    shown = number(value, 0 if unit in _WHOLE else 1)
    return f"{shown}{name}" if unit is Unit.PER_1000_HOUSEHOLDS else f"{shown} {name}"


def share(value: float) -> str:
    """A share as per cent."""
    if value in (0.0, 1.0):
        return f"{value:.0%}"
    if 0 < value < _LEAST_POINTS:
        return "<0.1%"
    if 1 - _LEAST_POINTS <= value < 1:
        return ">99.9%"
    return f"{value:.1%}"


def apart(distance: float, unit: Unit, lang: Lang) -> str:
    """A distance between two values; between shares it is in percentage points."""
    if unit is Unit.SHARE:
        return tr(
            "pages.points", lang, points=number(distance * 100, 1) if distance >= _LEAST_POINTS else "<0.1"
        )
    return figure(distance, unit, lang)


def apart_cell(distance: float, unit: Unit, lang: Lang) -> str:
    """A distance in a column whose heading says the unit where it is points."""
    return f"{distance * 100:,.1f}" if unit is Unit.SHARE else figure(distance, unit, lang)


def target(indicator: Indicator, lang: Lang) -> str:
    """The target with its unit, a round number; a dash without one."""
    if indicator.target is None:
        return "—"
    if indicator.unit is Unit.SHARE:
        return f"{number(indicator.target * 100, 1)}%"
    return figure(indicator.target, indicator.unit, lang)


def money(yuan: float, lang: Lang) -> str:
    """Yuan in 万元, or with thousands in English."""
    wan = yuan / 10_000
    amount = number(wan, 0 if wan >= 1000 else 1) if lang == "zh" else number(yuan)
    return tr("planning.money", lang, amount=amount.replace("-", "−"))


def joined(parts: "list[str] | tuple[str, ...]", lang: Lang) -> str:
    """Parts of a sentence with the language's separator."""
    return (", " if lang == "en" else "、").join(parts)
