"""Which function proposes projects for a need, and what it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import pandas as pd

from analysis.grid import Grid
from analysis.proposals.houses import propose_houses
from analysis.proposals.model import Proposal
from analysis.proposals.roads import propose_roads
from analysis.proposals.stations import FIVE_G, FOUR_G, Sees, propose_stations
from analysis.proposals.water import propose_water
from analysis.roads import SEARCH_M
from analysis.sight import clearance_m
from analysis.territory import BoolArray, FloatArray, Territory
from layers import indicator
from layers.codes import Need

_SETTLED = ("settlement_no", "name", "households", "population")


@dataclass(frozen=True)
class Source:
    """Features that a proposer reads.

    Attributes
    ----------
    columns : fields read; ``admin_code`` and the geometry go unsaid.
    reaches_m : how far beyond the county features matter, metres; None where only the county's own do.
    """

    columns: tuple[str, ...]
    reaches_m: float | None = None


@dataclass(frozen=True)
class Proposer:
    """A function that proposes projects for one need in one county.

    Attributes
    ----------
    sources : by feature type id, in the order in which `function` takes the frames.
    uses_elevation : whether an elevation grid changes the answer; it should reach `SEARCH_M` beyond the county.
    """

    need: Need
    sources: Mapping[str, Source]
    uses_elevation: bool
    function: Callable[..., Proposal]

    def propose(
        self,
        territory: Territory,
        frames: Mapping[str, pd.DataFrame],
        *,
        unit_yuan: Mapping[str, float],
        elevation: Grid | None = None,
        relocation: frozenset[str] = frozenset(),
        **options: Any,
    ) -> Proposal:
        """Propose projects for a county.

        Parameters
        ----------
        territory : the county's villages, with their ``name`` where houses are to be named.
        frames : by feature type id, those of `sources`, EPSG:4490.
        unit_yuan : price of each id of `unit_costs.UNIT_COSTS`.
        elevation : metres above the sea; None where no raster is loaded.
        relocation : codes of relocation villages (搬迁撤并).
        options : further keywords of `function`, such as ``min_households``.

        Raises
        ------
        CrsMismatch, MissingColumn : a frame is not as declared.
        MissingPrice : `unit_yuan` lacks an id.
        """
        return self.function(
            territory,
            *(frames[source] for source in self.sources),
            elevation,
            unit_yuan,
            relocation=relocation,
            **options,
        )


def _propose_stations(
    territory: Territory,
    stations: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    **options: Any,
) -> Proposal:
    """`propose_stations`, with the line of sight that the indicators ask for where the ground is known."""
    sees = None if elevation is None else _in_sight(elevation)
    return propose_stations(territory, stations, settlements, elevation, unit_yuan, sees=sees, **options)


def _in_sight(elevation: Grid) -> Sees:
    heights = indicator("people_in_4g_sight_share").arguments

    def sees(sites: FloatArray, villages: FloatArray, apart_m: FloatArray) -> BoolArray:
        # Where the ground is unknown nobody can say that they see each other.
        clear_m = clearance_m(elevation, sites, villages, apart_m, heights["mast_m"], heights["receiver_m"])
        return clear_m >= 0

    return sees


_SETTLEMENTS = Source(_SETTLED)
_LINKED = indicator("linked_settlement_share").arguments
_STATIONS = {"base_stations": Source(("technology",), FOUR_G.reach_m), "settlements": _SETTLEMENTS}

PROPOSERS: dict[Need, Proposer] = {
    Need.ROAD: Proposer(
        Need.ROAD,
        {"roads": Source(("surface",), SEARCH_M), "settlements": _SETTLEMENTS},
        True,
        partial(propose_roads, linked_m=_LINKED["distance_m"], min_households=_LINKED["min_households"]),
    ),
    Need.WATER: Proposer(
        Need.WATER,
        {
            "water_service_areas": Source((), 0.0),
            "water_mains": Source(("works_no",), SEARCH_M),
            "water_works": Source(
                ("works_no", "works_type", "design_capacity_m3d", "actual_capacity_m3d", "state"), SEARCH_M
            ),
            "settlements": _SETTLEMENTS,
        },
        True,
        propose_water,
    ),
    Need.MOBILE_4G: Proposer(Need.MOBILE_4G, _STATIONS, True, partial(_propose_stations, radio=FOUR_G)),
    Need.MOBILE_5G: Proposer(Need.MOBILE_5G, _STATIONS, True, partial(_propose_stations, radio=FIVE_G)),
    Need.HOUSING: Proposer(
        Need.HOUSING,
        {
            "houses": Source(("grade", "cut_slope", "income_category", "state", "due_on")),
            "settlements": _SETTLEMENTS,
        },
        False,
        propose_houses,
    ),
}
"""One for each need."""
