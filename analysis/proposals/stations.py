"""New base stations."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd

from analysis.grid import Grid
from analysis.proposals.model import Proposal
from analysis.territory import Territory
from layers.codes import Need


@dataclass(frozen=True)
class Radio:
    """A radio generation: whom it counts as covered, and how far it reaches."""

    need: Need
    technologies: tuple[str, ...]
    reach_m: float


FOUR_G = Radio(Need.MOBILE_4G, ("4G", "5G"), 3000.0)
FIVE_G = Radio(Need.MOBILE_5G, ("5G",), 1000.0)


def propose_stations(
    territory: Territory,
    stations: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
    radio: Radio,
) -> Proposal:
    return Proposal(())
