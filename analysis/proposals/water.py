"""Piped water for natural villages outside every service area."""

from collections.abc import Mapping

import geopandas as gpd

from analysis.grid import Grid
from analysis.proposals.model import Proposal
from analysis.territory import Territory


def propose_water(
    territory: Territory,
    areas: gpd.GeoDataFrame,
    mains: gpd.GeoDataFrame,
    works: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
) -> Proposal:
    return Proposal(())
