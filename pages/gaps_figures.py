"""What 短板分析 computes: the figures of a day, the index of the units compared, their clusters.

Read and computed once for each snapshot and choice; a few of them are kept.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from analysis.clusters import Clusters, Neighbours, Statistic, local_clusters
from analysis.gap_index import (
    LEAST_SIZES,
    FloatArray,
    Part,
    RankRanges,
    Scale,
    Scaling,
    Scores,
    Weighting,
    entropy_weights,
    equal_weights,
    gaps,
    normalised,
    rank_ranges,
    ranks,
    scale_of,
    scores,
    small_numbers,
    weight_draws,
)
from layers import AdminLevel, Direction, Indicator, Rollup, all_indicators, indicator
from layers.codes import VillageType
from pages.scopes import Townships, kept
from pipelines.neighbours import read_neighbours
from store.dossier import settled_units, unit_list
from store.engine import reading
from store.snapshots import computed_at, data_versions, level_figures

DRAWS = 1000
AROUND = 100.0
"""Concentration of draws around the chosen weights: a weight of a tenth varies by about a third of itself."""


@dataclass(frozen=True)
class Stamp:
    """A day's figures as computed at a moment: what is kept under it never changes."""

    as_of: dt.date
    computed_at: dt.datetime | None


@dataclass(frozen=True)
class Figures:
    """Figures of all units of a level on a day.

    Attributes
    ----------
    units : index ``admin_code``; columns of `store.dossier.unit_list`, ``households``, ``population``,
        ``settlements`` (NaN where unknown), ``small`` and ``relocation``.
    values, denominators : index ``admin_code``, a column for each indicator, NaN for no data.
    coverage : index ``admin_code``, columns (``with_data`` or ``units``, indicator): villages known below.
    nothing : as `values`: whether it is known that there is nothing to measure (a share of no houses).
    """

    units: pd.DataFrame
    values: pd.DataFrame
    denominators: pd.DataFrame
    coverage: pd.DataFrame
    nothing: pd.DataFrame


@dataclass(frozen=True)
class Weights:
    """How parts weigh and how weights are varied; `by_hand` holds one number for each part."""

    method: Weighting = Weighting.EQUAL
    by_hand: tuple[float, ...] = ()
    scaling: Scaling = Scaling.MIN_MAX
    around: bool = False
    """Weights are drawn around the chosen ones rather than evenly from all that there are."""
    seed: int = 0


@dataclass(frozen=True)
class Index:
    """The index of the units compared, by code; arrays go by `codes`.

    Attributes
    ----------
    codes : units of the level in the towns, the streets or all.
    parts : ids of the indicators.
    shown : whether a unit lies in the part of the city that is looked at; only those are ranked.
    """

    codes: tuple[str, ...]
    parts: tuple[str, ...]
    weights: FloatArray
    scale: Scale
    gaps: FloatArray
    scores: Scores
    shown: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    rank: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    ranges: RankRanges

    @property
    def ranked(self) -> int:
        """How many units have a rank."""
        return int((self.rank > 0).sum())


def offered(level: AdminLevel) -> tuple[Indicator, ...]:
    """Indicators that have a better end and exist at a level."""
    return tuple(
        i for i in all_indicators() if i.direction is not Direction.NEUTRAL and i.level.digits >= level.digits
    )


def usual_parts(level: AdminLevel) -> tuple[str, ...]:
    """Indicators that the index is made of unless others are chosen: those with a target, sums left out.

    A sum grows with the size of a place, so it says where many people live rather than where they lack most. What is
    measured over a raster is measured without one too, and would count twice.
    """
    return tuple(
        i.id for i in offered(level) if i.target is not None and i.rollup is not Rollup.SUM and not i.rasters
    )


def stamp(as_of: dt.date) -> Stamp:
    """The day's figures as they are now."""
    with reading() as connection:
        return Stamp(as_of, computed_at(connection, as_of))


@st.cache_data(max_entries=12, show_spinner=False)
def figures(at: Stamp, level: AdminLevel) -> Figures:
    """Read the figures of a level on a day; anyone signed in may read all of them."""
    ids = [i.id for i in offered(level)]
    with reading() as connection:
        units = unit_list(connection, level).set_index("admin_code")
        sizes = settled_units(connection, level)
        found = level_figures(connection, at.as_of, level, ids)
    units = units.join(sizes.reindex(units.index))
    units["small"] = small_numbers(units[list(LEAST_SIZES)].to_numpy(float), list(LEAST_SIZES.values()))
    units["relocation"] = units["village_type"] == str(VillageType.RELOCATION)
    wide = found.pivot(index="admin_code", columns="indicator_id")
    wide = wide.reindex(units.index)

    def table(name: str) -> pd.DataFrame:
        return wide[name].reindex(columns=ids).astype(float)

    coverage = pd.concat({name: table(name) for name in ("with_data", "units")}, axis=1)
    values, denominators = table("value"), table("denominator")
    ratios = [indicator(name).rollup is Rollup.RATIO for name in ids]
    return Figures(units, values, denominators, coverage, (denominators == 0) & values.isna() & ratios)


def compared(found: Figures, level: AdminLevel, scope: Townships) -> pd.DataFrame:
    """Units in the towns, in the streets or in all townships; counties are compared whatever lies in them."""
    if level is AdminLevel.COUNTY:
        return found.units
    return kept(found.units, scope, "kind" if level is AdminLevel.TOWNSHIP else "township_kind")


@st.cache_data(max_entries=24, show_spinner=False)
def index(
    at: Stamp, level: AdminLevel, scope: Townships, prefix: str, parts: tuple[str, ...], how: Weights
) -> Index:
    """Compute the index.

    The scale and the entropy weights are those of the whole city, so a unit's score does not hang on which part
    of the city is looked at; ranks are among the units of that part.
    """
    found = figures(at, level)
    codes = compared(found, level, scope).index
    values = found.values.loc[codes, list(parts)].to_numpy(float)
    scale = scale_of(values, [as_part(indicator(name)) for name in parts], how.scaling)
    every = gaps(values, scale, found.nothing.loc[codes, list(parts)].to_numpy(bool))
    weights = _weights(every, how)
    scored = scores(every, weights)
    shown = codes.str.startswith(prefix)
    taking = shown & ~np.isnan(scored.score)
    draws = weight_draws(weights, DRAWS, how.seed, AROUND if how.around else None)
    return Index(
        tuple(codes),
        parts,
        weights,
        scale,
        every,
        scored,
        shown,
        ranks(np.where(shown, scored.score, np.nan)),
        rank_ranges(every, draws, taking),
    )


def as_part(declared: Indicator) -> Part:
    """An indicator as a part of the index."""
    return Part(declared.id, declared.direction, declared.target)


def rescored(base: Index, at: Stamp, level: AdminLevel) -> pd.DataFrame:
    """Scores and gaps of another day by the scale and the weights of an index, so that days can be compared.

    Returns
    -------
    Index ``admin_code``; a column of gaps for each part, and ``score``.
    """
    found, parts = figures(at, level), list(base.parts)
    values = found.values.reindex(base.codes)[parts].to_numpy(float)
    nothing = found.nothing.reindex(base.codes, fill_value=False)[parts].to_numpy(bool)
    every = gaps(values, base.scale, nothing)
    made = pd.DataFrame(every, index=list(base.codes), columns=list(base.parts))
    made["score"] = scores(every, base.weights).score
    return made


@st.cache_data(max_entries=12, show_spinner=False)
def clusters(
    codes: tuple[str, ...], values: tuple[float, ...], level: AdminLevel, version: int, statistic: Statistic
) -> Clusters:
    """Clusters of the values of units; of the whole city, since a border on the screen is none on the ground."""
    touching = _neighbours(level, version)
    by_code = dict(zip(codes, values, strict=True))
    found = np.array([by_code.get(code, np.nan) for code in touching.codes])
    return in_order(local_clusters(found, touching, statistic), touching.codes, codes)


def in_order(found: Clusters, codes: Sequence[str], wanted: Sequence[str]) -> Clusters:
    """Clusters of some units in the order wanted; a unit without a boundary has none."""
    position = {code: place for place, code in enumerate(codes)}
    places = [position.get(code) for code in wanted]
    return Clusters(
        tuple(None if place is None else found.kinds[place] for place in places),
        np.array([np.nan if place is None else found.p[place] for place in places]),
        np.array([np.nan if place is None else found.statistic[place] for place in places]),
        found.threshold,
        found.joined,
    )


def boundary_version() -> int:
    """Version of the administrative units, on which neighbourhood depends."""
    with reading() as connection:
        versions: Mapping[str, int] = data_versions(connection)
    return versions.get("admin_units", 0)


@st.cache_data(max_entries=4, show_spinner=False)
def _neighbours(level: AdminLevel, version: int) -> Neighbours:
    """Who touches whom; `version` is part of what it is kept under."""
    with reading() as connection:
        return read_neighbours(connection, level)


def _weights(every: FloatArray, how: Weights) -> FloatArray:
    if how.method is Weighting.ENTROPY:
        return entropy_weights(every)
    return normalised(how.by_hand) if how.method is Weighting.HAND else equal_weights(every.shape[1])
