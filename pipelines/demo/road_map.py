"""The roads of all counties, joined where they cross the counties' borders."""

import geopandas as gpd
import pandas as pd

from pipelines.demo.county_view import county_views
from pipelines.demo.gateways import find_gateways
from pipelines.demo.geography import CRS, Geography
from pipelines.demo.mesh import refined_borders
from pipelines.demo.places import county_polygons, real_counties
from pipelines.demo.road_network import make_network
from pipelines.demo.roads import make_roads


def make_all_roads(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """Road segments of the generated counties: declared fields, lines in EPSG:4490."""
    gateways = find_gateways(real_counties(), refined_borders(county_polygons()), geography.terrain)
    made = [make_roads(view, make_network(view)) for view in county_views(geography, gateways, seed)]
    return gpd.GeoDataFrame(pd.concat(made, ignore_index=True), geometry="geometry", crs=CRS)
