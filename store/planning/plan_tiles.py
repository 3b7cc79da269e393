"""Vector tiles of plans, made at each request: candidates as they are now, or as a scenario copied them; and hits."""

import sqlalchemy as sa

from layers.codes import CandidateKind, Need
from store.tiles import TileOutside
from store.zoom_bands import MAX_ZOOM, band_of

LINES, POINTS = "plan_lines", "plan_points"
"""The two MVT layers of a tile."""
LEFT = "left"
"""What the attribute ``look`` says of a candidate that a scenario did not choose; of the others it says the kind."""
_EXTENT, _BUFFER = 4096, 128
_NEED_OF_KIND = (
    "CASE kind " + " ".join(f"WHEN '{kind}' THEN '{kind.need}'" for kind in CandidateKind) + " END"
)
_OPEN = (
    "SELECT id, no, name, kind, need, admin_code, kind AS look, NULL::int AS year, geom "
    "FROM xiangtu.candidates WHERE state = 'open'"
)
_COPIED = (
    f"SELECT 0 AS id, no, name, kind, {_NEED_OF_KIND} AS need, admin_code, "
    f"CASE WHEN year IS NULL THEN '{LEFT}' ELSE kind END AS look, year, geom "
    "FROM xiangtu.scenario_candidates WHERE scenario_id = :scenario"
)


def _rows(scenario: int | None) -> str:
    return _OPEN if scenario is None else _COPIED


def stamp(connection: sa.Connection, scenario: int | None = None) -> str:
    """Differs whenever tiles may: part of their address, so that a change is fetched."""
    statement = (
        "SELECT count(*) || '-' || coalesce(sum(version), 0) || '-' || coalesce(max(id), 0) FROM xiangtu.candidates "
        "WHERE state = 'open'"
        if scenario is None
        else "SELECT coalesce(max(version), 0)::text FROM xiangtu.scenarios WHERE id = :scenario"
    )
    return str(connection.scalar(sa.text(statement), {"scenario": scenario}))


def plan_tile(
    connection: sa.Connection, zoom: int, column: int, row: int, scenario: int | None = None
) -> bytes:
    """One Mapbox Vector Tile with the layers `LINES` and `POINTS`; empty where there is nothing.

    Features carry ``no``, ``name``, ``kind``, ``need``, ``admin_code``, ``look``, and in a scenario ``chosen`` (0, 1)
    and ``year``.

    Raises
    ------
    TileOutside : zoom, column or row is outside the grid.
    """
    if not (0 <= zoom <= MAX_ZOOM and 0 <= column < 2**zoom and 0 <= row < 2**zoom):
        raise TileOutside(f"{zoom}/{column}/{row}")
    tolerance_m = band_of(zoom).tolerance_m
    margin = _BUFFER / _EXTENT
    # What was not chosen lies below what was.
    query = f"""
        WITH bounds AS (SELECT ST_TileEnvelope(:z, :x, :y) AS inside,
                               ST_Transform(ST_TileEnvelope(:z, :x, :y, margin => {margin}), 4490) AS around),
        features AS (
            SELECT no, name, kind, need, admin_code, look, year, (look <> '{LEFT}')::int AS chosen,
                   ST_Dimension(rows.geom) AS dimension,
                   ST_AsMVTGeom(ST_Simplify(ST_Transform(rows.geom, 3857), {tolerance_m}, true), bounds.inside,
                                {_EXTENT}, {_BUFFER}, true) AS geom
            FROM ({_rows(scenario)}) AS rows, bounds WHERE rows.geom && bounds.around
            ORDER BY chosen, no
        )
        SELECT coalesce((SELECT ST_AsMVT(f, '{LINES}', {_EXTENT}, 'geom')
                         FROM (SELECT no, name, kind, need, admin_code, look, year, chosen, geom FROM features
                               WHERE dimension = 1 AND geom IS NOT NULL) AS f), '')
            || coalesce((SELECT ST_AsMVT(f, '{POINTS}', {_EXTENT}, 'geom')
                         FROM (SELECT no, name, kind, need, admin_code, look, year, chosen, geom FROM features
                               WHERE dimension = 0 AND geom IS NOT NULL) AS f), '')
    """
    given = {"z": zoom, "x": column, "y": row, "scenario": scenario}
    made: object = connection.scalar(sa.text(query), given)
    return bytes(made) if isinstance(made, bytes | memoryview) else b""


def candidates_at(
    connection: sa.Connection,
    lon: float,
    lat: float,
    *,
    radius_m: float,
    needs: tuple[Need, ...] = (),
    scenario: int | None = None,
    most: int = 5,
) -> list[str]:
    """Numbers of the candidates within `radius_m` of a point in degrees: points first, then the nearest."""
    statement = sa.text(
        "SELECT no FROM (SELECT no, ST_Dimension(rows.geom) AS dimension, "
        "ST_Distance(ST_Transform(rows.geom, 4326)::geography, ST_SetSRID(ST_Point(:lon, :lat), 4326)::geography) "
        f"AS metres FROM ({_rows(scenario)}) AS rows "
        "WHERE rows.geom && ST_Expand(ST_SetSRID(ST_Point(:lon, :lat), 4490), :degrees) "
        "AND (cardinality(CAST(:needs AS text[])) = 0 OR need = ANY (CAST(:needs AS text[])))) AS near "
        "WHERE metres <= :radius ORDER BY dimension, metres, no LIMIT :most"
    )
    given = {
        "lon": lon,
        "lat": lat,
        "radius": radius_m,
        # A degree of longitude is at least half of one of latitude up to 60° north.
        "degrees": radius_m / 55_000,
        "needs": [str(need) for need in needs],
        "scenario": scenario,
        "most": most,
    }
    return list(connection.scalars(statement, given))
