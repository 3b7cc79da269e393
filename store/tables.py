"""The table of a feature type, made from its declaration."""

from typing import Any

import sqlalchemy as sa
from geoalchemy2 import Geometry as GeometryColumn

from layers import FeatureType, Field, Geometry, Kind

FEATURE_SCHEMA = "feature"
HISTORY_SCHEMA = "history"
TILE_SCHEMA = "tile"
SRID = 4490

_STORED_GEOMETRY = {
    Geometry.POINT: "POINT",
    Geometry.LINE: "MULTILINESTRING",
    Geometry.POLYGON: "MULTIPOLYGON",
}


def stored_geometry(geometry: Geometry) -> str:
    """The PostGIS type that a geometry is stored as: lines and areas always as the multi type."""
    return _STORED_GEOMETRY[geometry]


def column_type(field: Field) -> sa.types.TypeEngine[Any]:
    """The SQL type of a field."""
    types: dict[Kind, sa.types.TypeEngine[Any]] = {
        Kind.TEXT: sa.Text(),
        Kind.INTEGER: sa.BigInteger(),
        Kind.NUMBER: sa.Double(),
        Kind.MONEY: sa.Numeric(14, 2),
        Kind.BOOLEAN: sa.Boolean(),
        Kind.DATE: sa.Date(),
        Kind.CODE: sa.Text(),
    }
    return types[field.kind]


def derived_columns(feature: FeatureType) -> list["sa.Column[Any]"]:
    """Columns that the import fills by itself, beside the declared ones.

    Areas are ellipsoidal m² on CGCS2000 (TD/T 1055-2019), lengths geodesic m.
    """
    if feature.id == "admin_units":
        return [
            sa.Column("parent_code", sa.Text()),
            sa.Column("pinyin", sa.Text()),
            sa.Column("initials", sa.Text()),
            sa.Column("area_m2", sa.Double()),
        ]
    if feature.geometry is Geometry.POLYGON:
        return [sa.Column("area_m2", sa.Double())]
    if feature.geometry is Geometry.LINE:
        return [sa.Column("length_m", sa.Double())]
    return []


def table(feature: FeatureType, metadata: sa.MetaData | None = None) -> sa.Table:
    """The table ``feature.<id>``.

    Columns: ``id``, ``admin_code`` (12 digits), the declared fields, ``geom`` (EPSG:4490, absent without
    geometry), derived measures, ``synthetic``, ``batch_id``, ``valid_from``.
    """
    metadata = metadata if metadata is not None else sa.MetaData()
    columns: list[sa.Column[Any]] = [
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("admin_code", sa.String(12), nullable=False),
    ]
    columns += [sa.Column(f.name, column_type(f), nullable=not f.required) for f in feature.fields]
    if feature.geometry is not Geometry.NONE:
        kind = stored_geometry(feature.geometry)
        columns.append(
            sa.Column("geom", GeometryColumn(kind, srid=SRID, spatial_index=False), nullable=False)
        )
    columns += derived_columns(feature)
    columns += [
        sa.Column("synthetic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("batch_id", sa.BigInteger()),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    ]
    return sa.Table(
        feature.id,
        metadata,
        *columns,
        sa.Index(f"{feature.id}_key", *feature.key, unique=True),
        schema=FEATURE_SCHEMA,
    )
