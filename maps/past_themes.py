"""Themes of past days: one set of classes for all days compared, the change between two, and what a map rests on."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from i18n import Lang, tr
from layers import AdminLevel, Direction, Indicator, Unit
from maps.classes import quantile, tidy
from maps.computed_themes import computed_theme
from maps.ramps import around_target
from maps.state import Theme
from maps.theme import ThemeClasses, amount, theme_classes

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_UNCHANGED = "#e4e1d8"
_LEAST_CHANGE = {Unit.SHARE: 0.0005}
"""What rounds to nothing on screen is no change."""
_SIDE = 3


def common_classes(days: Iterable[FloatArray], chosen: Indicator, lang: Lang) -> ThemeClasses:
    """Classes of all days together, so that a colour means the same on each of them.

    Parameters
    ----------
    days : values of the units on each day, in the indicator's stored unit; NaN for no data.
    """
    pooled = [np.asarray(values, dtype=float) for values in days]
    return theme_classes(np.concatenate(pooled) if pooled else np.empty(0), chosen, lang)


def day_theme(
    values: "pd.Series[float]",
    made: ThemeClasses,
    chosen: Indicator,
    level: AdminLevel,
    lang: Lang,
    note: str,
) -> Theme:
    """One day's values (by 12-digit code) in the classes of all days."""
    target = None
    if made.target is not None and made.classes.target_at is not None:
        target = made.classes.target_at, tr("maps.target", lang, value=made.target)
    found = made.classes.assign(values.to_numpy(float))
    return computed_theme(
        level,
        chosen.title.get(lang),
        by_code(values.index, found),
        made.colors,
        made.labels,
        target=target,
        note=note,
    )


def by_code(codes: Iterable[str], found: IntArray) -> dict[str, int | None]:
    """Class by code, None for no data."""
    return {code: None if at < 0 else int(at) for code, at in zip(codes, found, strict=True)}


@dataclass(frozen=True)
class ChangeClasses:
    """Classes of a change, from worst to best; `edges` are sizes of the change, in the stored unit.

    Class `len(edges)` is no change; below it changes for the worse, above it for the better, the larger the farther.
    """

    edges: tuple[float, ...]
    worse: int
    better: int
    least: float
    colors: tuple[str, ...]
    labels: tuple[str, ...]
    lower_is_better: bool

    def assign(self, change: FloatArray) -> IntArray:
        """Class of each change; -1 where one of the two days has no data."""
        gain = -change if self.lower_is_better else change
        size = np.abs(gain)
        step = np.searchsorted(np.asarray(self.edges), size, side="right").astype(np.int64) + 1
        found = np.where(
            size <= self.least,
            self.worse,
            np.where(
                gain > 0,
                self.worse + np.minimum(step, self.better),
                self.worse - np.minimum(step, self.worse),
            ),
        )
        return np.where(np.isnan(gain), -1, found).astype(np.int64)


def change_classes(change: FloatArray, chosen: Indicator, lang: Lang) -> ChangeClasses:
    """Diverging classes of changes: the same sizes on both sides of no change, so that the colours can be weighed.

    Parameters
    ----------
    change : later less earlier value, in the indicator's stored unit; NaN where one is unknown.
    """
    least = _LEAST_CHANGE.get(chosen.unit, 1e-9)
    gain = -change if chosen.direction is Direction.LOWER else change
    known = gain[np.isfinite(gain) & (np.abs(gain) > least)]
    sizes = np.abs(known)
    edges: tuple[float, ...] = ()
    if sizes.size:
        found = quantile(sizes, _SIDE)
        spread = found.edges[-1] - found.edges[0]
        if spread > 0:
            found = tidy(found, 10.0 ** math.floor(math.log10(spread / (4 * _SIDE))))
        edges = tuple(sorted({edge for edge in found.edges[1:-1] if edge > least}))
    steps = len(edges) + 1
    worse, better = (steps if (known < 0).any() else 0), (steps if (known > 0).any() else 0)
    around = around_target(worse, better) if worse + better else ()
    colors = (*around[:worse], _UNCHANGED, *around[worse:])
    said = "neutral" if chosen.direction is Direction.NEUTRAL else "judged"
    bounds = [_bounds(edges, step, chosen.unit, lang) for step in range(steps)]
    labels = (
        *(tr(f"pastmaps.change.{said}.worse", lang, size=bounds[step]) for step in reversed(range(worse))),
        tr("pastmaps.change.none", lang),
        *(tr(f"pastmaps.change.{said}.better", lang, size=bounds[step]) for step in range(better)),
    )
    return ChangeClasses(edges, worse, better, least, colors, labels, chosen.direction is Direction.LOWER)


def _bounds(edges: tuple[float, ...], step: int, unit: Unit, lang: Lang) -> str:
    """The size of a change in words: under, between or over."""
    points = tr("pastmaps.points", lang) if unit is Unit.SHARE else None
    if not edges:
        return ""
    if step == 0:
        return "< " + amount(edges[0], unit, lang, points)
    if step == len(edges):
        return "≥ " + amount(edges[-1], unit, lang, points)
    return amount(edges[step - 1], unit, lang, "") + "–" + amount(edges[step], unit, lang, points)


def change_theme(
    change: "pd.Series[float]", chosen: Indicator, level: AdminLevel, lang: Lang, note: str
) -> Theme:
    """The change of an indicator between two days by 12-digit code, NaN where one of them is unknown."""
    values: FloatArray = np.asarray(change, dtype=np.float64)
    made = change_classes(values, chosen, lang)
    title = tr("pastmaps.change.title", lang, title=chosen.title.get(lang))
    return computed_theme(
        level, title, by_code(change.index, made.assign(values)), made.colors, made.labels, note=note
    )


def digest(
    said: Mapping[str, str], figures: pd.DataFrame, made: ThemeClasses, boundaries: gpd.GeoDataFrame
) -> str:
    """What a map rests on, as one number: two maps with the same are the same map.

    Parameters
    ----------
    said : what the map is of (indicator, level, day, part of the city).
    figures : columns as `store.past.values_at`.
    made : the classes drawn.
    boundaries : ``admin_code``, ``name`` and ``geometry`` of the units drawn, EPSG:4490.

    Returns
    -------
    SHA-256 in hexadecimal, over all of it in order of codes, every number to its last digit.
    """
    taken = hashlib.sha256()

    def take(*parts: object) -> None:
        taken.update(json.dumps(parts, ensure_ascii=False, default=str).encode())
        taken.update(b"\n")

    take("map", sorted(said.items()))
    take("classes", made.classes.edges, made.classes.closed, made.classes.target_at, made.colors)
    rows = figures.sort_values("admin_code")
    assigned = made.classes.assign(rows["value"].to_numpy(float))
    numbers = rows[["value", "numerator", "denominator"]].to_numpy(float).tolist()
    counted = rows[["with_data", "units"]].to_numpy(int).tolist()
    for code, own, of, at in zip(rows["admin_code"], numbers, counted, assigned.tolist(), strict=True):
        take(code, *(None if math.isnan(number) else number for number in own), *of, at)
    drawn = boundaries.sort_values("admin_code")
    shapes = shapely.to_wkb(drawn.geometry.to_numpy(), byte_order=1, output_dimension=2)
    for code, name, shape in zip(drawn["admin_code"], drawn["name"], shapes, strict=True):
        take(code, name, hashlib.sha256(shape).hexdigest())
    return taken.hexdigest()
