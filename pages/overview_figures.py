"""The indicators of 进度总览: trends of the headlines, what the units below a place have, the composite score.

Kept under the marks of the last snapshot, as `pages.overview_looked` says.
"""

import numpy as np
import pandas as pd

from analysis.gap_index import equal_weights, gaps, scale_of, scores
from layers import AdminLevel, Indicator, Layer, all_indicators, all_layers, indicator
from pages import formats
from pages.gaps_figures import Stamp as SnapshotStamp
from pages.gaps_figures import as_part, figures, usual_parts
from pages.overview_kept import kept
from pages.overview_looked import Looked
from pages.scopes import KINDS, Townships
from store.dossier import unit_list
from store.engine import reading
from store.progress import leaders
from store.progress.leaders import Snapshot
from store.snapshots import level_figures

HEADLINES_PER_LAYER = 2
COMPOSITE = "composite"
"""Stands in a list of indicators for the composite gap score of `pages.gaps_figures`."""


def headline_indicators(layer: Layer) -> list[Indicator]:
    """The indicators that stand for a layer: the first ones, those with a target before the others."""
    return sorted(layer.indicators, key=lambda one: one.target is None)[:HEADLINES_PER_LAYER]


def core_layers() -> list[Layer]:
    """The five layers of the plan that leaders look at."""
    return [layer for layer in all_layers() if layer.core]


@kept(256)
def trends(at: Snapshot, code: str, scope: str) -> pd.DataFrame:
    """The core layers' indicators of a place on its last days, as `store.progress.leaders.trend`."""
    ids = [one.id for layer in core_layers() for one in layer.indicators]
    if at.as_of is None:
        return pd.DataFrame({"as_of": [], "indicator_id": [], "value": [], "with_data": [], "units": []})
    with reading() as connection:
        return leaders.trend(connection, code, ids, at.as_of, scope)


def trends_of(looked: Looked) -> pd.DataFrame:
    """Trends of the place looked at; a township is never summed up by kind."""
    scope = Townships.ALL if looked.level is AdminLevel.TOWNSHIP else looked.scope
    return trends(looked.at.snapshot, looked.code, str(scope))


def compared(looked: Looked, chosen: str) -> pd.DataFrame:
    """The units below a place with one indicator or the composite score, worst first, those without data last.

    Returns
    -------
    ``admin_code``, ``name``, ``county_name``, ``kind``, ``value`` (stored unit; the composite 0–1, more is worse),
    ``gap`` (distance to the target; NaN without one).
    """
    return _compared(looked.at.snapshot, looked.below, looked.prefix, looked.scope, chosen)


@kept(512)
def _compared(at: Snapshot, level: AdminLevel, prefix: str, scope: Townships, chosen: str) -> pd.DataFrame:
    units = units_of(at, level)
    units = units[units["admin_code"].str.startswith(prefix)]
    kind = KINDS.get(scope)
    if kind is not None and level is AdminLevel.TOWNSHIP:
        units = units[units["kind"] == str(kind)]
    known = composite(at, level) if chosen == COMPOSITE else values_of(at, level, chosen)
    values = known.rename("value").rename_axis("admin_code").reset_index()
    found = units.merge(values, on="admin_code", how="left").astype({"value": float})
    if chosen == COMPOSITE:
        found["gap"] = np.nan
        worst_is_low = False
    else:
        declared = indicator(chosen)
        found["gap"] = [formats.short_of_target(value, declared) for value in found["value"]]
        found["gap"] = found["gap"].astype(float)
        worst_is_low = str(declared.direction) == "higher"
    return found.sort_values(
        ["value", "admin_code"], ascending=[worst_is_low, True], na_position="last", ignore_index=True
    )


@kept(8)
def units_of(at: Snapshot, level: AdminLevel) -> pd.DataFrame:
    """Every unit of a level: ``admin_code``, ``name``, ``county_name``, ``kind``; `at` is what it is kept under."""
    with reading() as connection:
        return unit_list(connection, level)[["admin_code", "name", "county_name", "kind"]]


@kept(8)
def _figures(at: Snapshot, level: AdminLevel) -> "dict[str, pd.Series[float]]":
    """Every indicator of every unit of a level, read at once: then no choice of anybody asks the database again."""
    if at.as_of is None:
        return {}
    with reading() as connection:
        found = level_figures(connection, at.as_of, level, [one.id for one in all_indicators()])
    return {
        str(name): rows.set_index("admin_code")["value"].astype(float)
        for name, rows in found.groupby("indicator_id")
    }


def values_of(at: Snapshot, level: AdminLevel, chosen: str) -> "pd.Series[float]":
    """One indicator of every unit of a level, by code; empty before the first snapshot."""
    return _figures(at, level).get(chosen, pd.Series(dtype=float, index=pd.Index([], dtype=object)))


@kept(8)
def composite(at: Snapshot, level: AdminLevel) -> "pd.Series[float]":
    """The gap score of every unit of a level, 0–1 (more is worse): that of 短板分析 before anything is chosen there."""
    if at.as_of is None:
        return pd.Series(dtype=float, index=pd.Index([], dtype=object))
    found = figures(SnapshotStamp(at.as_of, at.computed_at), level)
    parts = list(usual_parts(level))
    values = found.values[parts].to_numpy(float)
    scale = scale_of(values, [as_part(indicator(name)) for name in parts])
    every = gaps(values, scale, found.nothing[parts].to_numpy(bool))
    return pd.Series(scores(every, equal_weights(len(parts))).score, index=found.values.index)
