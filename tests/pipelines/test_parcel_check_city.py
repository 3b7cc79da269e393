"""The checks that the demo city's import made, against PostGIS doing the same overlays."""

import pandas as pd
import pytest
import sqlalchemy as sa

from store.land.checks import conflict_pieces, latest_checks

_PARTED = "ST_Area(ST_Segmentize(ST_Intersection(p.geom, o.geom), 0.0002)::geography)"


def found_by_postgis(
    connection: sa.Connection, other: str, key: str, besides: str = ""
) -> dict[tuple[str, str], float]:
    """Area of each overlap, m²."""
    statement = (
        f"SELECT p.parcel_no, o.{key}, {_PARTED} FROM feature.land_parcels AS p "
        f"JOIN feature.{other} AS o ON ST_Intersects(p.geom, o.geom) {besides}"
    )
    return {(no, str(of)): area for no, of, area in connection.execute(sa.text(statement)) if area > 1e-3}


@pytest.mark.parametrize(
    ("other", "key", "besides"),
    [
        ("basic_farmland", "plot_no", ""),
        ("ecological_redlines", "redline_no", ""),
        ("growth_boundaries", "boundary_no", ""),
        ("land_parcels", "parcel_no", "AND o.parcel_no <> p.parcel_no"),
        (
            "admin_units",
            "admin_code",
            "AND o.level = 'village' AND o.admin_code <> p.admin_code",
        ),
    ],
)
def test_pieces_are_those_of_postgis(city: sa.Engine, other: str, key: str, besides: str) -> None:
    with city.connect() as connection:
        theirs = found_by_postgis(connection, other, key, besides)
        rows = connection.execute(
            sa.text(
                "SELECT parcel_no, feature_key, k.area_m2 FROM xiangtu.parcel_conflicts AS k "
                "JOIN xiangtu.parcel_checks AS c USING (parcel_no) "
                "WHERE c.latest AND c.id = k.check_id AND feature_id = :other AND k.area_m2 > 1e-3"
            ),
            {"other": other},
        ).all()
    ours = {(no, of): area for no, of, area in rows}
    assert theirs and ours == pytest.approx(theirs, rel=1e-5, abs=2e-3)


def test_every_parcel_was_checked_and_each_kind_of_conflict_found(city: sa.Engine) -> None:
    with city.connect() as connection:
        checks, pieces = latest_checks(connection), conflict_pieces(connection)
        parcels = connection.scalar(sa.text("SELECT count(*) FROM feature.land_parcels"))
    assert len(checks) == parcels
    assert set(pieces["feature_id"]) == {
        "basic_farmland",
        "ecological_redlines",
        "growth_boundaries",
        "hazard_points",
        "land_parcels",
        "admin_units",
    }
    assert (checks["slivers"] > 0).any()
    assert (checks["conflict_area_m2"] <= checks["area_m2"]).all()
    serious = pieces.groupby("parcel_no")["area_m2"].sum()
    covered = checks.set_index("parcel_no")["conflict_area_m2"]
    assert (covered[serious.index] <= serious + 1e-6).all()
    assert (covered[covered.index.difference(serious.index)] == 0).all()


def test_parcels_of_a_county_are_read_by_its_code(city: sa.Engine) -> None:
    with city.connect() as connection:
        whole = latest_checks(connection)
        parts = [latest_checks(connection, code) for code in ("441821", "441826")]
    assert all(len(part) for part in parts)
    assert sorted(pd.concat(parts)["parcel_no"]) == whole["parcel_no"].tolist()
