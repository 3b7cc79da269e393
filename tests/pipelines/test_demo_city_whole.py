"""What an import rejects of the demo's files tears no hole: roads join, mains and areas have their works."""

import numpy as np
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

_SAME_PLACE_DEG = 1e-7
"""1 cm: ends of roads went through two Gauss-Kruger zones and back."""


@pytest.fixture(scope="module")
def roads(city: sa.Engine) -> pd.DataFrame:
    """County and line of each stored road."""
    statement = sa.text("SELECT left(admin_code, 6) AS county, ST_AsBinary(geom) AS line FROM feature.roads")
    with city.connect() as connection:
        rows = connection.execute(statement).all()
    frame = pd.DataFrame(rows, columns=["county", "line"])
    return frame.assign(line=shapely.line_merge(shapely.from_wkb([bytes(b) for b in frame["line"]])))


def components(lines: np.ndarray) -> int:
    """Number of pieces that the lines make, joined where their ends meet."""
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    assert len(ends) == 2 * len(lines), "each road is one line"
    meeting = cKDTree(ends).query_pairs(_SAME_PLACE_DEG, output_type="ndarray")
    along = np.arange(len(lines))
    start = np.concatenate([along, meeting[:, 0]])
    end = np.concatenate([along + len(lines), meeting[:, 1]])
    graph = coo_matrix((np.ones(len(start)), (start, end)), shape=(len(ends),) * 2)
    return connected_components(graph, directed=False)[0]


def test_the_imported_roads_of_a_county_are_one_network(roads: pd.DataFrame) -> None:
    found = {county: components(own["line"].to_numpy()) for county, own in roads.groupby("county")}
    assert found == dict.fromkeys(found, 1)
    assert len(found) == 2
    assert components(roads["line"].to_numpy()) == 2, "the two counties of the small city do not touch"


def test_the_network_reaches_the_settlement_of_every_committee(city: sa.Engine) -> None:
    statement = sa.text(
        "WITH seats AS (SELECT DISTINCT ON (admin_code) admin_code, geom FROM feature.settlements "
        "ORDER BY admin_code, settlement_no) "
        "SELECT u.admin_code, (SELECT min(ST_Distance(s.geom::geography, r.geom::geography)) "
        "FROM feature.roads AS r WHERE ST_DWithin(r.geom, s.geom, 0.02)) AS metres "
        "FROM feature.admin_units AS u LEFT JOIN seats AS s USING (admin_code) WHERE u.level = 'village'"
    )
    with city.connect() as connection:
        rows = connection.execute(statement).all()
    assert len(rows) > 100
    assert [row for row in rows if row.metres is None or row.metres > 60] == []


@pytest.mark.parametrize("feature", ["water_mains", "water_service_areas"])
def test_mains_and_service_areas_have_their_works(city: sa.Engine, feature: str) -> None:
    statement = sa.text(
        f"SELECT count(*), count(w.works_no) FROM feature.{feature} AS f "
        "LEFT JOIN feature.water_works AS w ON w.works_no = f.works_no"
    )
    with city.connect() as connection:
        every, with_works = connection.execute(statement).one()
    assert every == with_works > 0
