"""The demo city's roads: one connected network of plausible classes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from pipelines.demo.county_view import CountyView, county_views
from pipelines.demo.gateways import find_gateways
from pipelines.demo.geography import make_geography
from pipelines.demo.places import county_polygons, real_counties
from pipelines.demo.road_network import RoadNetwork, make_network, spanning_edges
from pipelines.demo.roads import make_roads

SEED = 441800
Made = dict[str, tuple[CountyView, RoadNetwork, gpd.GeoDataFrame]]


@pytest.fixture(scope="module")
def made() -> Made:
    """View, network and roads of two neighbouring counties."""
    geography = make_geography(SEED, ["441825", "441826"])
    gateways = find_gateways(real_counties(), county_polygons(), geography.terrain)
    found = {}
    for view in county_views(geography, gateways, SEED):
        network = make_network(view)
        found[view.prefix] = (view, network, make_roads(view, network))
    return found


def components(roads: gpd.GeoDataFrame) -> int:
    """Number of pieces that the lines make, joined at equal end points."""
    lines = roads.geometry.to_numpy()
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, at)) for at in (0, -1)])
    places, node = np.unique(ends, axis=0, return_inverse=True)
    count = len(lines)
    graph = coo_matrix((np.ones(count), (node[:count], node[count:])), shape=(len(places),) * 2)
    return connected_components(graph, directed=False)[0]


def test_each_county_is_connected_and_so_are_both_together(made):
    frames = [roads for _, _, roads in made.values()]
    assert [components(roads) for roads in frames] == [1, 1]
    assert components(pd.concat(frames, ignore_index=True)) == 1


def test_no_county_has_too_many_settlements_for_its_spanning_tree():
    """A pair of node numbers has more than 32 bits from 46,341 nodes on; a province-sized city has them."""
    count = 60_000
    nodes_m = np.stack([np.arange(count) * 400.0, np.zeros(count)], axis=1)
    edges = np.stack([np.arange(count - 1), np.arange(1, count)], axis=1)
    kept = spanning_edges(nodes_m, edges, np.full(count - 1, 400.0), np.random.default_rng(1))
    assert kept.all()


def test_every_seat_and_village_has_a_road_and_a_few_settlements_have_none(made):
    for view, network, _ in made.values():
        linked = network.node_of_settlement >= 0
        assert linked[view.seat_of].all()
        assert linked[view.centre_of].all()
        assert 0.005 < 1 - linked.mean() < 0.10


def test_some_linked_settlements_lie_on_unhardened_roads_only(made):
    for view, network, roads in made.values():
        hardened = roads["surface"].isin(["cement", "asphalt"]).to_numpy()
        reached = np.zeros(len(network.nodes_m), dtype=bool)
        reached[network.edges[hardened].ravel()] = True
        linked = network.node_of_settlement[network.node_of_settlement >= 0]
        assert 0.005 < 1 - reached[linked].mean() < 0.2, view.name


def test_classes_numbers_and_widths_go_together(made):
    roads = pd.concat([roads for _, _, roads in made.values()], ignore_index=True)
    assert (roads["road_no"].str[0] == roads["road_class"]).all()
    assert set(roads["road_class"]) >= {"G", "X", "Y", "C"}
    width = roads.groupby("road_class")["width_m"].median()
    assert width["G"] > width["X"] > width["Y"] > width["C"]
    assert 0 < roads["width_m"].isna().mean() < 0.06
    assert roads["segment_no"].is_unique


def test_roads_start_and_end_at_their_nodes_and_wind_between(made):
    for _, network, roads in made.values():
        lines = roads.geometry.to_numpy()
        straight = shapely.distance(shapely.get_point(lines, 0), shapely.get_point(lines, -1))
        assert shapely.is_simple(lines).mean() > 0.995
        assert 1.0 <= np.median(shapely.length(lines) / straight) < 1.3
        assert len(lines) == len(network.edges)


def test_neighbours_meet_at_the_same_gateways(made):
    (one, _, _), (other, _, _) = made.values()
    shared = set(one.gateways) & set(other.gateways)
    assert shared
    border = shapely.intersection(one.polygon.boundary, other.polygon.boundary)
    for gateway in shared:
        assert shapely.distance(shapely.Point(gateway.lonlat), border) < 1e-9
