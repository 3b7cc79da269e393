"""The road network of a county, read as the signed-in person may and looked over."""

from collections.abc import Sequence
from typing import cast

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from analysis.network import ROAD_COLUMNS, Travel
from analysis.network_check import NetworkCheck, check_network
from analysis.roads import SEARCH_M
from analysis.territory import Territory
from layers import AdminLevel, feature_type, indicator
from pipelines.indicators.county import extents_of
from pipelines.indicators.days import today
from store.frames import Extent, FrameRead, read_frame

SOURCES = ("admin_units", "roads", "settlements", "township_seats")
"""Feature types that the check depends on."""


def check_county(connection: sa.Connection, county: str) -> NetworkCheck | None:
    """Look the road network of a county over, with the speeds and distances of its indicators.

    Parameters
    ----------
    county : 12-digit code.

    Returns
    -------
    None if the county has no villages.
    """
    prefix = county[: AdminLevel.COUNTY.digits]
    units = _read(connection, "admin_units", prefix=prefix, levels=[str(AdminLevel.VILLAGE)])
    if units.empty:
        return None
    villages = cast(gpd.GeoDataFrame, units.set_index("admin_code"))
    # The roads that the indicators see.
    within = [extent.widened(SEARCH_M) for extent in extents_of({AdminLevel.VILLAGE: villages})]
    return check_network(
        Territory(villages, today()),
        _read(connection, "roads", "segment_no", *ROAD_COLUMNS, within=within),
        _read(connection, "settlements", "name", "population", prefix=prefix),
        _read(connection, "township_seats", "name", prefix=prefix),
        Travel.of(indicator("minutes_to_seat").arguments["travel"]),
    )


def _read(
    connection: sa.Connection,
    feature_id: str,
    *columns: str,
    prefix: str = "",
    within: Sequence[Extent] | None = None,
    levels: list[str] | None = None,
) -> gpd.GeoDataFrame:
    read = FrameRead.of(feature_type(feature_id), columns)
    frame: pd.DataFrame = read_frame(connection, read, prefix=prefix, within=within, levels=levels or [])
    return cast(gpd.GeoDataFrame, frame)
