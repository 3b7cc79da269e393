"""Checks of parcels against everything that limits them, kept with their pieces; checked anew when anything changes.

A parcel is due if it was never checked, if its shape, place or kind is another, if a constraint layer's version or the
tolerance is not the one of its last check, or if a parcel that it touches changed. One run is one transaction: the
runs before have ended, and the next one sees what this one leaves.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from analysis.ellipsoid import areas_m2
from analysis.land_check import Pieces, Tolerance, outside, overlay, united_m2, within_reach
from base.journal import journal
from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel, Constraint, Severity, conflict_rule, feature_type
from store.frames import Extent, FrameRead, read_frame
from store.land.check_rows import (
    last_checks,
    last_conflicts,
    parcels_to_check,
    retire,
    wait_turn,
    write_checks,
)
from store.snapshots import data_versions
from store.tables import SRID

log = journal("pipelines.land")

CHECKED_AGAINST = tuple(str(constraint) for constraint in Constraint)
"""Feature types whose changes ask for a new check."""
_FEW = 40
"""Parcels up to which only what lies about each of them is read."""
_AROUND_M = 6_000.0
"""Farther than any hazard reaches."""
_SERIOUS = (Severity.PROHIBITED, Severity.RESTRICTED)


class ParcelNews(NamedTuple):
    """A parcel and the kinds of constraints that it is newly, or no longer, in conflict with."""

    parcel_no: str
    name: str
    constraints: tuple[Constraint, ...]

    def words(self, lang: Lang) -> str:
        """The parcel and what it is about."""
        listed = ("、" if lang == "zh" else ", ").join(c.text.get(lang) for c in self.constraints)
        return tr("landcheck.news", lang, number=self.parcel_no, name=self.name, constraints=listed)


@dataclass(frozen=True)
class CheckReport:
    """What a run of checks found.

    Attributes
    ----------
    parcels, checked, in_conflict : parcels there are, that were due, and of these in conflict (slivers apart).
    newly, no_longer : those of them that were checked before and are now, or are no longer, in a conflict.
    seconds : wall-clock time.
    """

    parcels: int
    checked: int
    in_conflict: int
    newly: tuple[ParcelNews, ...]
    no_longer: tuple[ParcelNews, ...]
    seconds: float

    def sentences(self, lang: Lang) -> list[str]:
        """The report in sentences: figures, then the parcels that are newly or no longer in conflict."""
        told = {"checked": self.checked, "parcels": self.parcels, "conflicts": self.in_conflict}
        lines = [tr("landcheck.checked", lang, **told)]
        for heading, news in (("landcheck.newly", self.newly), ("landcheck.no_longer", self.no_longer)):
            if news:
                lines.append(tr(heading, lang, number=len(news)))
                lines += [one.words(lang) for one in news]
        return lines


@dataclass(frozen=True)
class _Laid:
    """Pieces of the parcels that are due on one kind of constraint, with what is known of it by piece."""

    constraint: Constraint
    pieces: Pieces
    keys: np.ndarray
    names: np.ndarray
    zones: np.ndarray
    distance_m: np.ndarray


def check_parcels(engine: sa.Engine, parcel_nos: Sequence[str] | None = None) -> CheckReport:
    """Check parcels now, whether they are due or not.

    Parameters
    ----------
    parcel_nos : all parcels if not given; numbers that are not there are left out.
    """
    with engine.begin() as connection:
        return _run(connection, parcel_nos, only_due=False)


def recheck_changed(engine: sa.Engine) -> CheckReport:
    """Check the parcels that are due."""
    with engine.begin() as connection:
        return recheck(connection)


def recheck(connection: sa.Connection) -> CheckReport:
    """Check the parcels that are due, in the caller's transaction, which is the tables' owner's."""
    return _run(connection, None, only_due=True)


def _run(connection: sa.Connection, parcel_nos: Sequence[str] | None, *, only_due: bool) -> CheckReport:
    begun = time.perf_counter()
    wait_turn(connection)
    chosen = settings()
    tolerance = Tolerance(chosen.sliver_m2, chosen.sliver_width_m)
    known = data_versions(connection)
    versions = {name: known[name] for name in CHECKED_AGAINST if name in known}
    parcels = parcels_to_check(connection)
    last = last_checks(connection)
    gone = last.index.difference(pd.Index(parcels["parcel_no"]))
    before = last_conflicts(connection)
    if only_due:
        due = _due(parcels, last, gone, before, versions, tolerance)
    elif parcel_nos is None:
        due = np.ones(len(parcels), dtype=bool)
    else:
        due = parcels["parcel_no"].isin(list(parcel_nos)).to_numpy()
    retire(connection, list(gone))
    asked = parcels[due].reset_index(drop=True)
    newly: tuple[ParcelNews, ...] = ()
    no_longer: tuple[ParcelNews, ...] = ()
    in_conflict = 0
    if len(asked):
        area = areas_m2(asked.geometry.to_numpy())
        laid = _lay(connection, asked, parcels, area, tolerance)
        found = _conflicts(asked, laid)
        checks = _checks(asked, area, laid, found, versions, tolerance)
        seen = set(last.index)
        changes = _changes(checks["parcel_no"], found, before, seen, tolerance)
        checks["newly_in"] = [_array(changes[number][0]) for number in checks["parcel_no"]]
        checks["no_longer_in"] = [_array(changes[number][1]) for number in checks["parcel_no"]]
        write_checks(connection, checks, found)
        names = dict(zip(asked["parcel_no"], asked["name"], strict=True))
        newly, no_longer = (
            tuple(ParcelNews(no, names[no], both[side]) for no, both in changes.items() if both[side])
            for side in (0, 1)
        )
        in_conflict = int((checks["conflicts"] > 0).sum())
    report = CheckReport(
        len(parcels), len(asked), in_conflict, newly, no_longer, round(time.perf_counter() - begun, 3)
    )
    if len(asked):
        log.info("parcels_checked", checked=len(asked), newly=len(newly), seconds=report.seconds)
    return report


def _due(
    parcels: gpd.GeoDataFrame,
    last: pd.DataFrame,
    gone: pd.Index,
    before: pd.DataFrame,
    versions: dict[str, int],
    tolerance: Tolerance,
) -> np.ndarray:
    """Which parcels are due; parcels are constraints too, and a change of one is felt by those that it touches."""
    seen = last.reindex(parcels["parcel_no"])
    same = np.ones(len(parcels), dtype=bool)
    for column in ("admin_code", "digest", "parcel_kind", "stated_area_mu"):
        then, now = seen[column].to_numpy(), parcels[column].to_numpy()
        same &= (then == now) | (pd.isna(then) & pd.isna(now))
    changed = ~same | seen["digest"].isna().to_numpy()
    others = {name: version for name, version in versions.items() if name != Constraint.PARCEL}
    behind = [
        not isinstance(read, dict) or {k: v for k, v in read.items() if k != Constraint.PARCEL} != others
        for read in seen["versions"]
    ]
    limits = (seen["sliver_m2"] != tolerance.area_m2) | (seen["sliver_width_m"] != tolerance.width_m)
    shapes = parcels.geometry.to_numpy()
    touched = np.zeros(len(parcels), dtype=bool)
    if changed.any():
        _, other = shapely.STRtree(shapes).query(shapes[changed], predicate="intersects")
        touched[other] = True
    moved = {*parcels.loc[changed, "parcel_no"], *gone}
    with_moved = before[(before["feature_id"] == Constraint.PARCEL) & before["feature_key"].isin(moved)]
    touched |= parcels["parcel_no"].isin(with_moved["parcel_no"]).to_numpy()
    return changed | touched | np.array(behind, dtype=bool) | limits.to_numpy()


def _lay(
    connection: sa.Connection,
    asked: gpd.GeoDataFrame,
    parcels: gpd.GeoDataFrame,
    area_m2: np.ndarray,
    tolerance: Tolerance,
) -> list[_Laid]:
    """The parcels over every kind of constraint."""
    shapes = asked.geometry.to_numpy()
    bounds = shapely.bounds(shapes)
    if len(asked) > _FEW:
        bounds = np.r_[bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)][None, :]
    near = [Extent(*map(float, box)).widened(_AROUND_M) for box in bounds]
    laid = []
    for constraint in (Constraint.BASIC_FARMLAND, Constraint.REDLINE, Constraint.GROWTH_BOUNDARY):
        others = _read(connection, constraint, near)
        pieces = overlay(shapes, others.geometry.to_numpy(), tolerance, parcel_m2=area_m2)
        laid.append(_known(constraint, pieces, others))
    points = _read(connection, Constraint.HAZARD, near, "radius_m")
    reach = within_reach(
        shapes, points.geometry.to_numpy(), points["radius_m"].to_numpy(), tolerance, parcel_m2=area_m2
    )
    laid.append(_known(Constraint.HAZARD, reach.pieces, points, reach.distance_m))
    others = parcels.rename(columns={"parcel_no": "key"})
    pieces = overlay(shapes, others.geometry.to_numpy(), tolerance, parcel_m2=area_m2)
    own = asked["parcel_no"].to_numpy()[pieces.parcel] == others["key"].to_numpy()[pieces.other]
    laid.append(_known(Constraint.PARCEL, pieces.where(~own), others))
    laid.append(_beyond(connection, asked, near, area_m2, tolerance))
    return laid


def _read(
    connection: sa.Connection, constraint: Constraint, near: Sequence[Extent], *columns: str
) -> gpd.GeoDataFrame:
    """The features of a constraint near the parcels: columns key, name, zone and those asked for."""
    feature = feature_type(str(constraint))
    key, label = feature.key[0], feature.label_field or feature.key[0]
    zone = ("zone",) if constraint is Constraint.GROWTH_BOUNDARY else ()
    found = read_frame(connection, FrameRead.of(feature, (key, label, *zone, *columns)), within=near)
    return found.assign(key=found[key], name=found[label])


def _known(
    constraint: Constraint, pieces: Pieces, others: gpd.GeoDataFrame, distance_m: np.ndarray | None = None
) -> _Laid:
    nothing = np.full(len(others), None, dtype=object)
    zones = others["zone"].to_numpy() if "zone" in others else nothing
    distances = np.full(len(pieces), np.nan) if distance_m is None else distance_m
    keys, names = others["key"].to_numpy(), others["name"].to_numpy()
    return _Laid(constraint, pieces, keys[pieces.other], names[pieces.other], zones[pieces.other], distances)


def _beyond(
    connection: sa.Connection,
    asked: gpd.GeoDataFrame,
    near: Sequence[Extent],
    area_m2: np.ndarray,
    tolerance: Tolerance,
) -> _Laid:
    """What lies outside the village that a parcel is filed under, by the village that it lies in."""
    read = FrameRead.of(feature_type(str(Constraint.VILLAGE)), ("name",))
    villages = read_frame(connection, read, within=near, levels=[AdminLevel.VILLAGE])
    place = {code: i for i, code in enumerate(villages["admin_code"])}
    homes = np.array([place.get(code, -1) for code in asked["admin_code"]], dtype=np.intp)
    pieces = outside(
        asked.geometry.to_numpy(), homes, villages.geometry.to_numpy(), tolerance, parcel_m2=area_m2
    )
    # Position -1, in no village, meets the last entry: nothing.
    keys = np.array([*villages["admin_code"], None], dtype=object)
    names = np.array([*villages["name"], None], dtype=object)
    nothing = np.full(len(pieces), None, dtype=object)
    return _Laid(
        Constraint.VILLAGE,
        pieces,
        keys[pieces.other],
        names[pieces.other],
        nothing,
        np.full(len(pieces), np.nan),
    )


def _conflicts(asked: gpd.GeoDataFrame, laid: Sequence[_Laid]) -> pd.DataFrame:
    """Rows of ``xiangtu.parcel_conflicts``."""
    kinds = asked["parcel_kind"].to_numpy()
    frames = []
    for one in laid:
        owner = one.pieces.parcel
        severity = [
            str(conflict_rule(one.constraint, zone, kind).severity)
            for zone, kind in zip(one.zones, kinds[owner], strict=True)
        ]
        frame = pd.DataFrame(
            {
                "admin_code": asked["admin_code"].to_numpy()[owner],
                "parcel_no": asked["parcel_no"].to_numpy()[owner],
                "feature_id": str(one.constraint),
                "feature_key": one.keys,
                "name": one.names,
                "zone": one.zones,
                "severity": severity,
                "area_m2": one.pieces.area_m2,
                "share": one.pieces.share,
                "width_m": one.pieces.width_m,
                "sliver": one.pieces.sliver,
                "distance_m": one.distance_m,
                "geom": _ewkb(one.pieces.geometry),
            }
        )
        frames.append(frame.astype(dict.fromkeys(("feature_key", "name", "zone", "severity"), "str")))
    return pd.concat(frames, ignore_index=True)


def _ewkb(shapes: np.ndarray) -> "pd.api.extensions.ExtensionArray":
    """Polygons as multi polygons, in hexadecimal as COPY takes them."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    several = shapely.multipolygons(parts, indices=owner) if len(parts) else np.array([], dtype=object)
    return pd.array(shapely.to_wkb(shapely.set_srid(several, SRID), hex=True, include_srid=True), dtype="str")


def _checks(
    asked: gpd.GeoDataFrame,
    area_m2: np.ndarray,
    laid: Sequence[_Laid],
    found: pd.DataFrame,
    versions: dict[str, int],
    tolerance: Tolerance,
) -> pd.DataFrame:
    """Rows of ``xiangtu.parcel_checks`` but for what changed."""
    serious = found[~found["sliver"] & found["severity"].isin([str(s) for s in _SERIOUS])]
    ranks = {str(severity): rank for rank, severity in enumerate(Severity)}
    worst = found[~found["sliver"]].assign(rank=lambda f: f["severity"].map(ranks))
    first = worst.groupby("parcel_no")["rank"].min().map(dict(enumerate(map(str, Severity))))
    slivers = found[found["sliver"]].groupby("parcel_no")["area_m2"].agg(["size", "sum"])
    numbers = asked["parcel_no"]
    start = np.cumsum([0, *(len(one.pieces) for one in laid)])

    def covered(rows: pd.DataFrame) -> np.ndarray:
        """Area of what the rows cover together, by parcel."""
        at = rows.index.to_numpy()
        parts = [
            one.pieces.where(at[(at >= lo) & (at < hi)] - lo)
            for one, lo, hi in zip(laid, start[:-1], start[1:], strict=True)
        ]
        return np.minimum(united_m2(len(asked), parts), area_m2)

    forbidden = serious[serious["severity"] == str(Severity.PROHIBITED)]
    prohibited = covered(forbidden)
    in_conflict = prohibited if len(forbidden) == len(serious) else np.maximum(covered(serious), prohibited)
    checks = pd.DataFrame(
        {
            "admin_code": asked["admin_code"],
            "parcel_no": numbers,
            "geometry_digest": asked["digest"],
            "parcel_kind": asked["parcel_kind"].astype("str"),
            "area_m2": area_m2,
            "stated_area_mu": asked["stated_area_mu"].astype(float),
            "versions": json.dumps(versions),
            "sliver_m2": tolerance.area_m2,
            "sliver_width_m": tolerance.width_m,
            "worst": numbers.map(first).astype("str"),
            "conflicts": numbers.map(serious.groupby("parcel_no").size()).fillna(0).astype(int),
            "conflict_area_m2": in_conflict,
            "prohibited_area_m2": prohibited,
            "slivers": numbers.map(slivers["size"]).fillna(0).astype(int),
            "sliver_area_m2": numbers.map(slivers["sum"]).fillna(0.0),
            "synthetic": asked["synthetic"],
        }
    )
    return checks


def _changes(
    numbers: pd.Series,
    found: pd.DataFrame,
    before: pd.DataFrame,
    seen: set[str],
    tolerance: Tolerance,
) -> dict[str, tuple[tuple[Constraint, ...], tuple[Constraint, ...]]]:
    """By parcel: the kinds of constraints that cover more of it, or no more of it, than at the check before.

    Areas are compared, not numbers of plots: a new edition may number them anew.
    """
    now, then = _by_kind(found), _by_kind(before)
    changes: dict[str, tuple[tuple[Constraint, ...], tuple[Constraint, ...]]] = {}
    for number in numbers:
        newly, no_longer = [], []
        for constraint in Constraint if number in seen else ():
            pair = (number, str(constraint))
            if pair in now and (pair not in then or now[pair] > then[pair] + tolerance.area_m2):
                newly.append(constraint)
            elif pair in then and pair not in now:
                no_longer.append(constraint)
        changes[number] = tuple(newly), tuple(no_longer)
    return changes


def _by_kind(conflicts: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Area by parcel and kind of constraint, m², without slivers and notes."""
    serious = conflicts[~conflicts["sliver"].astype(bool) & (conflicts["severity"] != str(Severity.NOTE))]
    return serious.groupby(["parcel_no", "feature_id"])["area_m2"].sum().to_dict()


def _array(constraints: Sequence[Constraint]) -> str:
    """As PostgreSQL writes an array of words."""
    return "{" + ",".join(map(str, constraints)) + "}"
