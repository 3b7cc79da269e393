"""Vector tiles: generalised geometry kept ready in 3857, and tiles made from it with `ST_AsMVT`."""

from typing import Any

import numpy as np
import shapely
import sqlalchemy as sa

from access.person import shortest
from layers import AdminLevel, FeatureType, Geometry, Style, UnknownLayer, feature_type
from store.tables import FEATURE_SCHEMA, TILE_SCHEMA
from store.zoom_bands import BANDS, MAX_ZOOM, ZoomBand, band_of

BOUNDARIES = "boundaries"
"""Source whose tiles hold the boundaries of all levels, a layer for each: the map asks once instead of thrice."""
BOUNDARY_LEVELS = (AdminLevel.COUNTY, AdminLevel.TOWNSHIP, AdminLevel.VILLAGE)
_THINNING_PX = 6
_BUFFER = 128
_EXTENT = 4096
_ADMIN_UNITS = "admin_units"


class TileOutside(Exception):
    """A tile address that is no tile of the grid."""


def tile_source(source: str) -> tuple[FeatureType, str | None]:
    """The feature type behind a tile source, and the administrative level for boundary sources.

    Sources are the ids of feature types with a geometry, and ``county``, ``township``, ``village`` or all three
    together, ``boundaries``.

    Raises
    ------
    UnknownLayer : no such source.
    """
    if source == BOUNDARIES:
        return feature_type(_ADMIN_UNITS), None
    if source in BOUNDARY_LEVELS:
        return feature_type(_ADMIN_UNITS), source
    feature = feature_type(source)
    if feature.geometry is Geometry.NONE or feature.id == _ADMIN_UNITS:
        raise UnknownLayer(id=source)
    return feature, None


def tile(connection: sa.Connection, source: str, zoom: int, column: int, row: int) -> bytes:
    """One Mapbox Vector Tile (MVT 2.1) of a source; empty where there is nothing.

    Features carry ``id``, ``admin_code`` and the declared tile fields; the MVT layer is called like
    the source.

    Raises
    ------
    UnknownLayer : no such source.
    TileOutside : zoom, column or row is outside the grid.
    """
    if source == BOUNDARIES:
        # Tiles are sequences of layers, so one after the other they are a tile.
        return b"".join(tile(connection, level, zoom, column, row) for level in BOUNDARY_LEVELS)
    feature, level = tile_source(source)
    if not (0 <= zoom <= MAX_ZOOM and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
        raise TileOutside(f"{zoom}/{column}/{row}")
    band = band_of(zoom)
    fields = ", ".join(["id", "admin_code", *(f'"{f.name}"' for f in feature.tile_fields)])
    chosen = "AND level = :level" if level else ""
    query = f"""
        WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS inside,
                               ST_TileEnvelope(:z, :x, :y, margin => {_BUFFER / _EXTENT}) AS around),
        features AS (
            SELECT {fields},
                   ST_AsMVTGeom(geom, bounds.inside, {_EXTENT}, {_BUFFER}, true) AS geom
            FROM {TILE_SCHEMA}.{feature.id}, bounds
            WHERE band = {band.first} AND min_zoom <= :z AND geom && bounds.around {chosen}
            ORDER BY rank DESC
        )
        SELECT ST_AsMVT(features, :source, {_EXTENT}, 'geom', 'id') FROM features WHERE geom IS NOT NULL
    """
    given = {"z": zoom, "x": column, "y": row, "source": source, "level": level}
    made: Any = connection.scalar(sa.text(query), given)
    return bytes(made or b"")


def reach(connection: sa.Connection, source: str) -> tuple[str, ...]:
    """Code prefixes within which the transaction's person sees the tiles of a source, as its policies do."""
    feature, _ = tile_source(source)
    query = sa.text("SELECT access.prefixes(:table, 'read')")
    return shortest(connection.execute(query, {"table": feature.id}).scalar_one())


def version(connection: sa.Connection, source: str) -> int:
    """How often the data behind a tile source changed; 0 before the first import."""
    feature, _ = tile_source(source)
    query = sa.text("SELECT version FROM xiangtu.layer_versions WHERE feature_id = :id")
    return int(connection.scalar(query, {"id": feature.id}) or 0)


def versions(connection: sa.Connection) -> dict[str, int]:
    """Versions of all feature types by id."""
    rows = connection.execute(sa.text("SELECT feature_id, version FROM xiangtu.layer_versions"))
    return {row.feature_id: int(row.version) for row in rows}


def rebuild(connection: sa.Connection, feature: FeatureType) -> None:
    """Make the tile geometry of a feature type anew, inside the caller's transaction.

    Polygons of administrative units are generalised as a coverage, so that neighbours keep one border.
    """
    if feature.geometry is Geometry.NONE:
        return
    connection.execute(sa.text(f"DELETE FROM {TILE_SCHEMA}.{feature.id}"))
    for band in BANDS:
        if feature.id == _ADMIN_UNITS:
            _fill_boundaries(connection, feature, band)
        else:
            _fill(connection, feature, band)


def _fill(connection: sa.Connection, feature: FeatureType, band: ZoomBand) -> None:
    style = feature.style
    if style is None or style.min_zoom > band.last:
        return
    names = [f'"{f.name}"' for f in feature.tile_fields]
    columns = ", ".join(["id", "admin_code", *names])
    shape = _generalised(feature.geometry, band)
    thinned = order = ""
    if feature.geometry is Geometry.POINT and band.last < style.full_zoom:
        cell = f"ST_SnapToGrid(ST_Transform(geom, 3857), {_THINNING_PX * band.pixel_m})"
        kind = ", ".join([cell, *names])
        thinned, order = f"DISTINCT ON ({kind})", f" ORDER BY {kind}, id"
    query = f"""
        INSERT INTO {TILE_SCHEMA}.{feature.id} ({columns}, band, min_zoom, rank, geom)
        SELECT * FROM (
            SELECT {thinned} {columns}, {band.first} AS band, {_min_zoom(style)} AS min_zoom,
                   {_rank(style)} AS rank, {shape} AS geom
            FROM {FEATURE_SCHEMA}.{feature.id}{order}
        ) AS made
        WHERE min_zoom <= {band.last} AND NOT ST_IsEmpty(geom)
    """
    connection.execute(sa.text(query), _style_values(style))


def _generalised(geometry: Geometry, band: ZoomBand) -> str:
    projected = "ST_Transform(geom, 3857)"
    if geometry is Geometry.POINT or band.tolerance_m == 0:
        return projected
    return f"ST_SimplifyPreserveTopology({projected}, {band.tolerance_m})"


def _min_zoom(style: Style) -> str:
    if not style.attribute or not style.value_min_zoom:
        return str(style.min_zoom)
    cases = " ".join(f"WHEN :zoom_value_{i} THEN {z}" for i, z in enumerate(style.value_min_zoom.values()))
    return f'CASE "{style.attribute}"::text {cases} ELSE {style.min_zoom} END'


def _rank(style: Style) -> str:
    if not style.attribute or not style.priority:
        return "0"
    cases = " ".join(f"WHEN :rank_value_{i} THEN {i}" for i in range(len(style.priority)))
    return f'CASE "{style.attribute}"::text {cases} ELSE {len(style.priority)} END'


def _style_values(style: Style) -> dict[str, str]:
    zooms = {f"zoom_value_{i}": value for i, value in enumerate(style.value_min_zoom)}
    ranks = {f"rank_value_{i}": value for i, value in enumerate(style.priority)}
    return (zooms | ranks) if style.attribute else {}


def _fill_boundaries(connection: sa.Connection, feature: FeatureType, band: ZoomBand) -> None:
    names = [f.name for f in feature.tile_fields]
    columns = ", ".join(["id", "admin_code", *names])
    for rank, level in enumerate(BOUNDARY_LEVELS):
        rows = connection.execute(
            sa.text(
                f"SELECT {columns}, ST_AsBinary(ST_Transform(geom, 3857)) AS shape "
                f"FROM {FEATURE_SCHEMA}.{feature.id} WHERE level = :level ORDER BY id"
            ),
            {"level": str(level)},
        ).all()
        if not rows:
            continue
        shapes = shapely.from_wkb(np.array([bytes(row.shape) for row in rows], dtype=object))
        if band.tolerance_m > 0:
            shapes = shapely.coverage_simplify(shapes, band.tolerance_m)
        raw = connection.connection.cursor()
        target = f"{TILE_SCHEMA}.{feature.id} ({columns}, band, min_zoom, rank, geom)"
        with raw.copy(f"COPY {target} FROM STDIN") as copy:
            for row, wkb in zip(
                rows, shapely.to_wkb(shapely.set_srid(shapes, 3857), hex=True, include_srid=True), strict=True
            ):
                copy.write_row([*row[:-1], band.first, 0, rank, wkb])
