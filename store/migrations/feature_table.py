"""The parts that every feature table has: history, tile table, indexes.

A migration of a layer names its columns itself, so that it says for ever what it made; what is common to all
feature tables is written here once. A change of the common parts is a migration of its own.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

from store.tables import FEATURE_SCHEMA, HISTORY_SCHEMA, SRID, TILE_SCHEMA

ZOOM_BANDS = (0, 9, 11, 13)


def create_feature_table(
    feature_id: str,
    columns: Sequence["sa.Column[Any]"],
    *,
    geometry: str | None,
    key: Sequence[str],
    tile_columns: Sequence["sa.Column[Any]"] = (),
) -> None:
    """Create ``feature.<id>``, ``history.<id>`` with its triggers and, with a geometry, ``tile.<id>``.

    Parameters
    ----------
    columns : the declared and derived columns, in order.
    geometry : PostGIS type (``"POINT"``, ``"MULTILINESTRING"``, ``"MULTIPOLYGON"``) or None.
    key : columns of the unique key.
    tile_columns : attributes that vector tiles carry.
    """
    shape: list[sa.Column[Any]] = [
        sa.Column("geom", Geometry(geometry, srid=SRID, spatial_index=False), nullable=False)
    ]
    common: list[sa.Column[Any]] = [
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("batch_id", sa.BigInteger()),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    ]
    op.create_table(
        feature_id,
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("admin_code", sa.String(12), nullable=False),
        *columns,
        *(shape if geometry else []),
        *common,
        schema=FEATURE_SCHEMA,
    )
    op.create_index(f"{feature_id}_key", feature_id, list(key), unique=True, schema=FEATURE_SCHEMA)
    op.execute(
        f"CREATE INDEX {feature_id}_by_place ON {FEATURE_SCHEMA}.{feature_id} (admin_code text_pattern_ops)"
    )
    op.execute(f"CREATE INDEX {feature_id}_by_batch ON {FEATURE_SCHEMA}.{feature_id} (batch_id)")
    if geometry:
        op.execute(f"CREATE INDEX {feature_id}_by_geom ON {FEATURE_SCHEMA}.{feature_id} USING gist (geom)")
    _keep_history(feature_id)
    if geometry:
        _create_tile_table(feature_id, tile_columns)


def drop_feature_table(feature_id: str) -> None:
    """Undo `create_feature_table`."""
    op.execute(f"DROP TABLE IF EXISTS {TILE_SCHEMA}.{feature_id}")
    op.execute(f"DROP TABLE {HISTORY_SCHEMA}.{feature_id}")
    op.execute(f"DROP TABLE {FEATURE_SCHEMA}.{feature_id}")


def _keep_history(feature_id: str) -> None:
    """Rows that an update or delete replaces are kept in ``history.<id>`` with the time of their end."""
    op.execute(
        f"CREATE TABLE {HISTORY_SCHEMA}.{feature_id} (LIKE {FEATURE_SCHEMA}.{feature_id}, "
        "valid_to timestamptz NOT NULL)"
    )
    op.execute(
        f"CREATE INDEX {feature_id}_history_by_place "
        f"ON {HISTORY_SCHEMA}.{feature_id} (admin_code text_pattern_ops, valid_to)"
    )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER keep_history_{event.lower()} AFTER {event} ON {FEATURE_SCHEMA}.{feature_id} "
            "REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION xiangtu.keep_history()"
        )


def _create_tile_table(feature_id: str, tile_columns: Sequence["sa.Column[Any]"]) -> None:
    op.create_table(
        feature_id,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("admin_code", sa.String(12), nullable=False),
        sa.Column("band", sa.SmallInteger(), nullable=False),
        sa.Column("min_zoom", sa.SmallInteger(), nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=3857, spatial_index=False), nullable=False),
        *tile_columns,
        schema=TILE_SCHEMA,
    )
    for band in ZOOM_BANDS:
        op.execute(
            f"CREATE INDEX {feature_id}_tile_{band} ON {TILE_SCHEMA}.{feature_id} USING gist (geom) "
            f"WHERE band = {band}"
        )
