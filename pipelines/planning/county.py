"""One county as the proposers take it: its villages, the frames that they read, and its elevation."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from analysis.grid import Grid
from analysis.proposals.proposers import Proposer
from analysis.roads import SEARCH_M
from analysis.territory import Territory
from layers import AdminLevel, RasterKind, feature_type
from layers.codes import VillageType
from pipelines.indicators.county import SourceRead, read_source
from pipelines.indicators.errors import NoUnits, UnknownCounty
from pipelines.indicators.rasters import files_in_use, read_grids
from store import changes
from store.frames import Extent, FrameRead, read_frame

_UNITS = FrameRead.of(feature_type("admin_units"), ("name", "village_type"))


@dataclass(frozen=True)
class County:
    """What a proposer is asked with.

    Attributes
    ----------
    code : 12 digits.
    frames : features by type, EPSG:4490.
    elevation : None where no raster is loaded there; land is then taken for flat.
    relocation : codes of relocation villages.
    """

    code: str
    territory: Territory
    frames: Mapping[str, pd.DataFrame]
    elevation: Grid | None
    relocation: frozenset[str]


def read_county(connection: sa.Connection, code: str, proposer: Proposer, as_of: dt.date) -> County:
    """Read what a proposer needs.

    Parameters
    ----------
    connection : the tables' owner's: houses are read whole, and what comes of them names nobody.

    Raises
    ------
    UnknownCounty : the county has no villages here.
    RasterFileMissing : a raster is registered, but its file is gone.
    """
    prefix = code[: AdminLevel.COUNTY.digits]
    units = read_frame(connection, _UNITS, prefix=prefix, levels=[str(AdminLevel.VILLAGE)])
    if units.empty:
        raise UnknownCounty(code=code, known=", ".join(counties_with_villages(connection)))
    relocation = frozenset(units.loc[units["village_type"] == str(VillageType.RELOCATION), "admin_code"])
    villages: gpd.GeoDataFrame = units.set_index("admin_code")
    extent = Extent(*villages.total_bounds)
    frames = {
        name: read_source(
            connection,
            SourceRead(FrameRead.of(feature_type(name), source.columns), source.reaches_m),
            code,
            [extent],
        )
        for name, source in proposer.sources.items()
    }
    reaches = {RasterKind.ELEVATION: SEARCH_M} if proposer.uses_elevation else {}
    grids = read_grids(files_in_use(connection), reaches, extent) if reaches else {}
    return County(code, Territory(villages, as_of), frames, grids.get(RasterKind.ELEVATION), relocation)


def counties_with_villages(connection: sa.Connection) -> tuple[str, ...]:
    """12-digit codes of the counties that have villages.

    Raises
    ------
    NoUnits : there are no villages at all.
    """
    found = tuple(sorted(changes.county_codes(connection)))
    if not found:
        raise NoUnits()
    return found
