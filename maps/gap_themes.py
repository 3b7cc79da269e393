"""Themes of the gap page: the index, how sure a place's rank is, clusters, one indicator among the units compared."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from analysis.clusters import Cluster, Statistic
from i18n import Lang, tr
from layers import AdminLevel, Indicator
from maps.classes import Classes, natural, tidy
from maps.computed_themes import computed_theme
from maps.ramps import Ramp, sequential
from maps.state import Theme
from maps.theme import theme_classes

FloatArray = npt.NDArray[np.float64]
_CERTAINTY = Classes((0.0, 0.0, 0.05, 0.5, 0.95, 1.0))
"""Never (a class of one value), seldom, at times, mostly, and whatever the weights."""
_CERTAINTY_NAMES = ("never", "seldom", "at_times", "mostly", "always")
_CLUSTER_COLORS = {
    Cluster.NONE: "#eceae4",
    Cluster.COLD: "#2c7fb8",
    Cluster.LOW_LOW: "#2c7fb8",
    Cluster.LOW_HIGH: "#a6cee3",
    Cluster.HIGH_LOW: "#fdbb84",
    Cluster.HIGH_HIGH: "#b30000",
    Cluster.HOT: "#b30000",
}
_CLUSTERS = {
    Statistic.MORAN: (
        Cluster.NONE,
        Cluster.LOW_LOW,
        Cluster.LOW_HIGH,
        Cluster.HIGH_LOW,
        Cluster.HIGH_HIGH,
    ),
    Statistic.GETIS_ORD: (Cluster.NONE, Cluster.COLD, Cluster.HOT),
}


def score_theme(codes: Sequence[str], score: FloatArray, level: AdminLevel, lang: Lang, note: str) -> Theme:
    """The index, 0 … 100, in natural classes from little to much; `score` is 0 … 1, NaN without one."""
    shown = score * 100
    found = natural(shown, 5)
    if found.count:
        found = tidy(found, 1.0)
    labels = tuple(f"{low:g}–{high:g}" for low, high in zip(found.edges, found.edges[1:], strict=False))
    colors = sequential(Ramp.BURDEN, found.count) if found.count else ()
    classes = _by_code(codes, found.assign(shown))
    return computed_theme(level, tr("gaps.score", lang), classes, colors, labels, note=note)


def certainty_theme(
    codes: Sequence[str], worst_share: FloatArray, level: AdminLevel, lang: Lang, note: str
) -> Theme:
    """In what share of the weight draws a place is among the worst tenth, NaN without a rank."""
    at = np.where(worst_share > 0, _CERTAINTY.assign(worst_share), 0)
    classes = _by_code(codes, np.where(np.isnan(worst_share), -1, at))
    colors = ("#eceae4", *sequential(Ramp.BURDEN, 4))
    labels = tuple(tr(f"gaps.certainty.{name}", lang) for name in _CERTAINTY_NAMES)
    return computed_theme(level, tr("gaps.colour.certainty", lang), classes, colors, labels, note=note)


def cluster_theme(
    codes: Sequence[str],
    kinds: Sequence[Cluster | None],
    statistic: Statistic,
    level: AdminLevel,
    lang: Lang,
    note: str,
) -> Theme:
    """Clusters of large and of small gaps."""
    order = _CLUSTERS[statistic]
    classes = {
        code: None if kind is None else order.index(kind) for code, kind in zip(codes, kinds, strict=True)
    }
    return computed_theme(
        level,
        tr(f"gaps.colour.{statistic}", lang),
        classes,
        tuple(_CLUSTER_COLORS[kind] for kind in order),
        tuple(tr(f"gaps.cluster.{kind}", lang) for kind in order),
        note=note,
    )


def indicator_theme(
    codes: Sequence[str], values: FloatArray, chosen: Indicator, level: AdminLevel, lang: Lang, note: str
) -> Theme:
    """One indicator in the stored unit, broken at its target, among the units compared."""
    made = theme_classes(values, chosen, lang)
    target = None
    if made.target is not None and made.classes.target_at is not None:
        target = made.classes.target_at, tr("maps.target", lang, value=made.target)
    classes = _by_code(codes, made.classes.assign(values))
    return computed_theme(
        level, chosen.title.get(lang), classes, made.colors, made.labels, target=target, note=note
    )


def _by_code(codes: Sequence[str], found: npt.NDArray[np.int64]) -> dict[str, int | None]:
    return {code: None if at < 0 else int(at) for code, at in zip(codes, found, strict=True)}
