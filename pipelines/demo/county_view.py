"""One county of the demo city, with what the layers' generators need of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from pipelines.demo.gateways import Gateway
from pipelines.demo.geography import Geography
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import FloatArray, to_metres
from pipelines.demo.profiles import PROFILES
from pipelines.demo.randomness import stream
from pipelines.demo.terrain import Terrain


@dataclass(frozen=True)
class CountyView:
    """The rows of one county; positions in the frames start at 0.

    Attributes
    ----------
    prefix, name : six digits and the county's name.
    townships, villages, settlements : as in `Geography`, reindexed.
    gateways : where roads cross into the neighbouring counties of the city.
    """

    prefix: str
    name: str
    polygon: shapely.Polygon
    townships: gpd.GeoDataFrame
    villages: gpd.GeoDataFrame
    settlements: gpd.GeoDataFrame
    gateways: tuple[Gateway, ...]
    terrain: Terrain
    seed: int

    def stream(self, purpose: str) -> np.random.Generator:
        """The random stream of this county for one purpose."""
        return stream(self.seed, purpose, self.prefix)

    @cached_property
    def settlement_lonlat(self) -> FloatArray:
        """Degrees of the settlements, (n, 2)."""
        return shapely.get_coordinates(self.settlements.geometry.array)

    @cached_property
    def settlement_metres(self) -> FloatArray:
        """The settlements in the plane, (n, 2) metres."""
        return to_metres(self.settlement_lonlat)

    @cached_property
    def village_of(self) -> IntArray:
        """Position of the village of each settlement."""
        return self.villages["admin_code"].searchsorted(self.settlements["admin_code"]).astype(np.int64)

    @cached_property
    def township_of(self) -> IntArray:
        """Position of the township of each village."""
        return self.townships["admin_code"].searchsorted(self.villages["township_code"]).astype(np.int64)

    @cached_property
    def centre_of(self) -> IntArray:
        """Position of the settlement in which each village's committee sits."""
        return np.searchsorted(self.village_of, np.arange(len(self.villages)))

    @cached_property
    def seat_of(self) -> IntArray:
        """Position of the settlement that is the seat of each township: its nearest one of some size."""
        home = self.township_of[self.village_of]
        seats = to_metres(self.townships[["lon", "lat"]].to_numpy())
        found = np.empty(len(seats), dtype=np.int64)
        for i, seat in enumerate(seats):
            own = np.flatnonzero(home == i)
            found[i] = own[cKDTree(self.settlement_metres[own]).query(seat)[1]]
        return found

    @cached_property
    def capital(self) -> int:
        """Position of the township in which the county's government sits."""
        return int(self.townships["admin_code"].searchsorted(PROFILES[self.prefix].capital))

    @cached_property
    def development(self) -> FloatArray:
        """Latent development of each settlement's village."""
        return self.villages["development"].to_numpy()[self.village_of]

    @cached_property
    def village_people(self) -> IntArray:
        """Population of each village."""
        return np.bincount(self.village_of, self.settlements["population"]).astype(np.int64)

    @cached_property
    def village_households(self) -> IntArray:
        """Households of each village."""
        return np.bincount(self.village_of, self.settlements["households"]).astype(np.int64)

    @cached_property
    def village_stems(self) -> np.ndarray:
        """Names of the villages without what kind of unit they are: 连樟."""
        return self.villages["name"].str.replace(r"(村委会|居委会|拟社区)$", "", regex=True).to_numpy()

    @cached_property
    def village_titles(self) -> np.ndarray:
        """Names of the villages as people say them: 连樟村, 湾村."""
        return np.array([stem if stem.endswith("村") else f"{stem}村" for stem in self.village_stems])

    @cached_property
    def township_stems(self) -> np.ndarray:
        """Names of the townships without what kind of unit they are: 连江口."""
        return self.townships["name"].str.replace(r"(镇|乡|街道)$", "", regex=True).to_numpy()

    def names(self, villages: IntArray) -> pd.DataFrame:
        """County, township and village names of positions in `villages`, as a department's columns."""
        return pd.DataFrame(
            {
                "county": self.name,
                "township": self.townships["name"].to_numpy()[self.township_of[villages]],
                "village": self.villages["name"].to_numpy()[villages],
                "admin_code": self.villages["admin_code"].to_numpy()[villages],
            }
        )


def county_views(
    geography: Geography, gateways: dict[str, tuple[Gateway, ...]], seed: int
) -> Iterator[CountyView]:
    """Cut the geography into its counties, ordered by code."""
    for county in geography.counties.itertuples():
        prefix = county.admin_code[:6]
        townships = geography.townships[geography.townships["admin_code"].str.startswith(prefix)]
        villages = geography.villages[geography.villages["admin_code"].str.startswith(prefix)]
        order = np.argsort(villages["admin_code"].to_numpy(), kind="stable")
        settlements = geography.settlements[geography.settlements["admin_code"].str.startswith(prefix)]
        yield CountyView(
            prefix,
            county.name,
            county.geometry,
            townships.reset_index(drop=True),
            villages.iloc[order].reset_index(drop=True),
            settlements.sort_values("settlement_no", ignore_index=True),
            gateways[prefix],
            geography.terrain,
            seed,
        )
