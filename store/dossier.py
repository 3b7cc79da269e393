"""What a place's dossier and the users' tables are made of, read for any declared layer.

Table and column names come from the declarations, whose ids are checked there; values are bound. Personal
fields are masked inside the database: what a page must not show never leaves it.
"""

import datetime as dt
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from layers import AdminKind, AdminLevel, FeatureType, Field, Geometry, all_features
from store.protection import masked
from store.queries import query
from store.tables import FEATURE_SCHEMA

_LISTED_ELSEWHERE = ("admin_units",)


@dataclass(frozen=True)
class Settled:
    """Natural villages of a place; households and people are None where no settlement states them."""

    settlements: int
    households: int | None
    with_households: int
    population: int | None
    with_population: int


@dataclass(frozen=True)
class LastRun:
    """The last finished computation of indicators."""

    as_of: dt.date
    finished_at: dt.datetime | None


def _frame(rows: "sa.CursorResult[sa.Row[tuple[object, ...]]]") -> pd.DataFrame:
    return pd.DataFrame(rows.all(), columns=list(rows.keys()))


def settled(connection: sa.Connection, prefix: str) -> Settled:
    """Natural villages, households and people below a code prefix."""
    row = connection.execute(query("settlement_totals"), {"prefix": prefix}).mappings().one()
    return Settled(**row)


def settled_units(connection: sa.Connection, level: AdminLevel, prefix: str = "") -> pd.DataFrame:
    """Natural villages, households and people of every unit of a level.

    Returns
    -------
    Index ``admin_code``; columns ``settlements``, ``households``, ``population``: NaN where a natural village
    does not state them, for part of a number is not the number.
    """
    rows = connection.execute(query("settled_units"), {"digits": level.digits, "prefix": prefix})
    return _frame(rows).set_index("admin_code").astype(float)


def listed_features() -> tuple[FeatureType, ...]:
    """Feature types that a dossier counts and lists: all but the administrative units themselves."""
    return tuple(f for f in all_features() if f.id not in _LISTED_ELSEWHERE)


def feature_counts(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """Rows of each feature type below a code prefix.

    Returns
    -------
    Index ``feature_id``; columns ``rows``, ``length_m`` (lines only), ``area_m2`` (areas only).
    """
    parts = []
    for feature in all_features():
        length = "sum(length_m)" if feature.geometry is Geometry.LINE else "NULL::float8"
        area = "sum(area_m2)" if feature.geometry is Geometry.POLYGON else "NULL::float8"
        parts.append(
            f"SELECT '{feature.id}' AS feature_id, count(*) AS rows, {length} AS length_m, {area} AS area_m2 "
            f"FROM {FEATURE_SCHEMA}.{feature.id} WHERE admin_code LIKE :prefix || '%'"
        )
    return _frame(connection.execute(sa.text(" UNION ALL ".join(parts)), {"prefix": prefix})).set_index(
        "feature_id"
    )


def reported(connection: sa.Connection, prefix: str) -> frozenset[str]:
    """Feature types of which at least one row lies below a code prefix."""
    parts = [
        f"SELECT '{feature.id}' AS feature_id WHERE EXISTS "
        f"(SELECT FROM {FEATURE_SCHEMA}.{feature.id} WHERE admin_code LIKE :prefix || '%')"
        for feature in all_features()
    ]
    rows = connection.execute(sa.text(" UNION ALL ".join(parts)), {"prefix": prefix})
    return frozenset(rows.scalars())


def breakdown_fields(feature: FeatureType) -> tuple[Field, ...]:
    """Fields that a dossier counts by value: the filterable code lists and yes/no fields, never personal."""
    return tuple(f for f in feature.fields if f.filterable and not f.personal)


def breakdown(connection: sa.Connection, feature: FeatureType, prefix: str) -> pd.DataFrame:
    """Rows by value of each field of `breakdown_fields`: columns field, code (None where blank), rows."""
    fields = breakdown_fields(feature)
    if not fields:
        return pd.DataFrame(columns=["field", "code", "rows"])
    parts = [
        f"SELECT '{f.name}' AS field, \"{f.name}\"::text AS code, count(*) AS rows "
        f"FROM {FEATURE_SCHEMA}.{feature.id} WHERE admin_code LIKE :prefix || '%' GROUP BY 2"
        for f in fields
    ]
    return _frame(connection.execute(sa.text(" UNION ALL ".join(parts)), {"prefix": prefix}))


def list_fields(feature: FeatureType) -> tuple[Field, ...]:
    """Fields of a list of features: the one that names them, then the summary fields."""
    named = [f for f in feature.fields if f.name == feature.label_field]
    return (*named, *(f for f in feature.fields if f.summary and f.name != feature.label_field))


def facilities(connection: sa.Connection, feature: FeatureType, prefix: str, most: int = 500) -> pd.DataFrame:
    """Features below a code prefix with the fields of `list_fields`, personal ones masked.

    Returns
    -------
    Columns ``admin_code``, ``unit_name`` and the fields, ordered by code; at most `most` rows.
    """
    columns = ", ".join(_shown(f) for f in list_fields(feature))
    statement = sa.text(
        f"SELECT t.admin_code, u.name AS unit_name, {columns} FROM {FEATURE_SCHEMA}.{feature.id} AS t "
        f"LEFT JOIN {FEATURE_SCHEMA}.admin_units AS u ON u.admin_code = t.admin_code "
        "WHERE t.admin_code LIKE :prefix || '%' ORDER BY t.admin_code, t.id LIMIT :most"
    )
    return _frame(connection.execute(statement, {"prefix": prefix, "most": most}))


def _shown(field: Field) -> str:
    return f't.{masked(field.name)} AS "{field.name}"' if field.personal else f't."{field.name}"'


def unit_list(connection: sa.Connection, level: AdminLevel, prefix: str = "") -> pd.DataFrame:
    """Units of a level: admin_code, name, kind, village_type, county_name, township_name, township_kind."""
    return _frame(connection.execute(query("unit_list"), {"level": str(level), "prefix": prefix}))


def township_kinds(connection: sa.Connection, prefix: str = "") -> dict[AdminKind, int]:
    """Township-level units by kind: the plan's towns and streets, and the other statistical units."""
    rows = connection.execute(query("township_kinds"), {"prefix": prefix})
    return {AdminKind.of(row.kind): int(row.units) for row in rows}


def latest_batches(connection: sa.Connection, most: int = 30) -> pd.DataFrame:
    """Files handed in, newest first; times are UTC."""
    return _frame(connection.execute(query("latest_batches"), {"most": most}))


def batch_findings(connection: sa.Connection, batch_id: int, most: int = 1000) -> pd.DataFrame:
    """Findings of one batch: row_no, column_title, value, rule, remedy, message_zh, message_en."""
    return _frame(connection.execute(query("batch_findings"), {"batch_id": batch_id, "most": most}))


def last_deliveries(connection: sa.Connection, before: dt.datetime | None = None) -> pd.DataFrame:
    """The last file taken in, by feature_id: file_name, finished_at (UTC), as_of, synthetic.

    Parameters
    ----------
    before : of those whose import began by this moment (UTC); of all if not given.
    """
    rows = connection.execute(query("last_deliveries"), {"before": before})
    return _frame(rows).set_index("feature_id")


def last_run(connection: sa.Connection) -> LastRun | None:
    """The last finished computation of indicators, None before the first."""
    row = connection.execute(query("last_run")).one_or_none()
    return None if row is None else LastRun(row.as_of, row.finished_at)


def quota_table(connection: sa.Connection, level: AdminLevel, prefix: str = "") -> pd.DataFrame:
    """Construction land by unit, mu, NaN where not reported: total_scale, reserved, allotted, used."""
    found = _frame(connection.execute(query("quota_table"), {"level": str(level), "prefix": prefix}))
    numbers = ["total_scale_mu", "reserved_mu", "allotted_mu", "used_mu"]
    return found.astype(dict.fromkeys(numbers, float))


def consolidation_totals(connection: sa.Connection, prefix: str = "") -> pd.DataFrame:
    """Consolidation projects by county, kind and state: projects, areas and quota in mu, investment_yuan."""
    found = _frame(connection.execute(query("consolidation_totals"), {"prefix": prefix}))
    numbers = [name for name in found.columns if name.endswith(("_mu", "_yuan"))]
    return found.astype(dict.fromkeys(numbers, float))
