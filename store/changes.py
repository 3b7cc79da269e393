"""What changed since a run of indicators looked at the data: rows by the transactions that wrote them.

Clocks do not tell: a transaction may commit after a run looked and carry a time before it. A run notes instead the
oldest transaction that was under way when it looked (its *horizon*). Whatever that one or a later one wrote may have
escaped the run; rows in the feature tables and the old rows in the history carry their transaction's id (``xmin``).
Too much may be found so, by what had just ended in time, but nothing is missed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import sqlalchemy as sa

from layers import AdminLevel, FeatureType, Geometry
from store.frames import Extent
from store.queries import query
from store.tables import FEATURE_SCHEMA, HISTORY_SCHEMA


@dataclass(frozen=True)
class Base:
    """A run that a day's figures can be brought up to date from.

    Attributes
    ----------
    horizon : all transactions before this one had ended when it looked.
    data_versions : versions of the data that it read, and those that runs of parts read which stored later.
    """

    horizon: int
    data_versions: Sequence[Mapping[str, int]]

    def behind(self, versions: Mapping[str, int]) -> set[str]:
        """Whose data are not what every one of these runs read."""
        return {
            name
            for name, now in versions.items()
            if any(now != read.get(name) for read in self.data_versions)
        }


@dataclass(frozen=True)
class Change:
    """Rows of one feature type filed under one unit that changed, as they were and as they are.

    Attributes
    ----------
    extent : their bounding box; None without geometry.
    ids : of the rows, those taken away among them.
    """

    admin_code: str
    extent: Extent | None
    ids: tuple[int, ...] = ()


def horizon(view: sa.Connection) -> int:
    """The oldest transaction that had not ended when the view was taken."""
    statement = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    oldest: int = view.execute(sa.text(statement)).scalar_one()
    return oldest


@dataclass(frozen=True)
class Stamp:
    """Which state a feature type's rows (or a raster) are in, so that what was read of them can be kept.

    Rows are never changed without raising their version in the same transaction. Of two states with the same version,
    such as those before and after a dump was restored, the transaction that wrote the version tells them apart.
    """

    version: int
    written_by: str


def stamps(view: sa.Connection) -> dict[str, Stamp]:
    """The state of each feature type and raster that a view sees, by feature id."""
    rows = view.execute(sa.text("SELECT feature_id, version, xmin::text FROM xiangtu.layer_versions"))
    return {name: Stamp(version, written_by) for name, version, written_by in rows}


def database_key(view: sa.Connection) -> str:
    """Tells databases apart, also from what they were before a dump was restored into them."""
    statement = (
        "SELECT concat_ws(' ', oid, pg_postmaster_start_time(), pg_relation_filenode('xiangtu.layer_versions')) "
        "FROM pg_database WHERE datname = current_database()"
    )
    key: str = view.execute(sa.text(statement)).scalar_one()
    return key


def base_run(view: sa.Connection, as_of: dt.date, program: str) -> Base | None:
    """The run from which a day's figures can be brought up to date by another of the same program, if any."""
    row = view.execute(query("base_run"), {"as_of": as_of, "program": program}).one_or_none()
    return None if row is None else Base(row.horizon, row.data_versions)


def changes(view: sa.Connection, feature: FeatureType, since: Base) -> list[Change]:
    """Rows of a feature type that changed, were added or taken away, one entry for each unit."""
    shaped = feature.geometry is not Geometry.NONE
    corners = (
        "min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom))" if shaped else "NULL"
    )
    rows = " UNION ALL ".join(
        f'SELECT id, admin_code{", geom" if shaped else ""} FROM {schema}."{feature.id}" '
        "WHERE age(xmin) <= age(CAST(CAST(:horizon AS text) AS xid))"
        for schema in (FEATURE_SCHEMA, HISTORY_SCHEMA)
    )
    statement = sa.text(
        f"SELECT admin_code, array_agg(DISTINCT id), {corners} FROM ({rows}) AS changed "
        "GROUP BY admin_code ORDER BY 1"
    )
    found = view.execute(statement, {"horizon": _short(since.horizon)})
    return [Change(code, Extent(*box) if shaped else None, tuple(ids)) for code, ids, *box in found]


def counties_with_unchanged(view: sa.Connection, feature: FeatureType, since: Base) -> frozenset[str]:
    """First six digits of the codes of rows of a feature type that are as the run saw them."""
    statement = (
        f'SELECT DISTINCT left(admin_code, 6) FROM {FEATURE_SCHEMA}."{feature.id}" '
        "WHERE age(xmin) > age(CAST(CAST(:horizon AS text) AS xid))"
    )
    return frozenset(view.execute(sa.text(statement), {"horizon": _short(since.horizon)}).scalars())


def counties_with_changed_units(view: sa.Connection, since: Base) -> frozenset[str]:
    """Counties whose villages or townships came, went, or differ in place, level or kind; names do not count."""
    given = {"horizon": _short(since.horizon)}
    return frozenset(view.execute(query("changed_units"), given).scalars())


def units_near(view: sa.Connection, boxes: Sequence[Extent]) -> list[set[str]]:
    """Codes of the units that lie in each box, or of which a natural village does."""
    found: list[set[str]] = [set() for _ in boxes]
    for place, code in view.execute(query("units_near"), _as_arrays(boxes)):
        found[place].add(code)
    return found


def located_near(view: sa.Connection, boxes: Sequence[Extent]) -> list[dict[str, Extent]]:
    """Units of which natural villages lie in each box, and the bounding box of these, by code."""
    found: list[dict[str, Extent]] = [{} for _ in boxes]
    for place, code, *corners in view.execute(query("located_near"), _as_arrays(boxes)):
        found[place][code] = Extent(*corners)
    return found


def distances(view: sa.Connection, as_of: dt.date, indicator_ids: Iterable[str]) -> dict[str, float]:
    """For figures of nearest features, the least stored one of each village; absent where one has no data."""
    given = {"as_of": as_of, "indicator_ids": list(indicator_ids)}
    return dict(cast(Sequence[tuple[str, float]], view.execute(query("distances"), given).all()))


def county_codes(view: sa.Connection) -> list[str]:
    """Codes of the counties that have villages."""
    statement = (
        "SELECT DISTINCT rpad(left(admin_code, 6), 12, '0') FROM feature.admin_units WHERE level = 'village'"
    )
    return list(view.execute(sa.text(statement)).scalars())


def unit_codes(view: sa.Connection) -> dict[str, dict[AdminLevel, list[str]]]:
    """Codes of all villages and townships, by county and level."""
    statement = (
        "SELECT rpad(left(admin_code, 6), 12, '0'), level, array_agg(admin_code) FROM feature.admin_units "
        "WHERE level IN ('village', 'township') GROUP BY 1, 2"
    )
    codes: dict[str, dict[AdminLevel, list[str]]] = {}
    for county, level, found in view.execute(sa.text(statement)):
        codes.setdefault(county, {AdminLevel.VILLAGE: [], AdminLevel.TOWNSHIP: []})[AdminLevel.of(level)] = (
            found
        )
    return codes


def township_extents(view: sa.Connection) -> dict[str, Extent]:
    """The bounding box of each township and its villages, by its code."""
    statement = (
        "SELECT rpad(left(admin_code, 9), 12, '0'), min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), "
        "max(ST_YMax(geom)) FROM feature.admin_units WHERE level IN ('village', 'township') GROUP BY 1"
    )
    return {township: Extent(*box) for township, *box in view.execute(sa.text(statement))}


def _as_arrays(boxes: Sequence[Extent]) -> dict[str, list[float]]:
    """The boxes as queries take them."""
    corners = np.array([(box.west, box.south, box.east, box.north) for box in boxes]).reshape(-1, 4)
    given = dict(zip(("west", "south", "east", "north"), corners.T.tolist(), strict=True))
    return {"place": list(range(len(boxes))), **given}


def _short(transaction: int) -> int:
    """The id as rows carry it, without the count of its wraps."""
    return transaction % 2**32
