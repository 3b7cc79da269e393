"""Roads to natural villages that no hardened road reaches."""

from collections.abc import Mapping

import geopandas as gpd

from analysis.grid import Grid
from analysis.proposals.model import Proposal
from analysis.territory import Territory


def propose_roads(
    territory: Territory,
    roads: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
    min_households: int = 20,
) -> Proposal:
    return Proposal(())
