"""Reckoning a candidate that someone drew, from the county's data of now."""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry

from analysis.proposals.demand import estimates
from analysis.proposals.model import Candidate, Proposal, Served
from analysis.proposals.proposers import PROPOSERS
from analysis.proposals.redrawn import BadDrawing, Needy, checked, reckon
from analysis.proposals.terrain import Terrain
from analysis.territory import matching
from layers import AdminLevel
from layers.codes import HARDENED_SURFACES, CandidateKind
from pipelines.indicators import today
from pipelines.planning.county import County, read_county
from store.places import code_at
from store.planning.unit_costs import unit_costs

__all__ = ["BadDrawing", "redraw"]
_HARDENED = [str(surface) for surface in HARDENED_SURFACES]
_NOTHING = np.empty(0, dtype=object)


def redraw(
    connection: sa.Connection,
    kind: CandidateKind,
    shape: BaseGeometry,
    name: str,
    before: Candidate | None = None,
) -> tuple[Candidate, dict[str, float]]:
    """Return a candidate for what was drawn, and the prices that it was reckoned with.

    Who lacks the thing is asked of the proposer of the need, so that a drawing serves the same demands as a proposal.

    Parameters
    ----------
    connection : the tables' owner's, reading.
    shape : EPSG:4490.
    before : the candidate that was drawn over.

    Raises
    ------
    BadDrawing : what is wrong with the shape, or that it lies outside of the villages.
    """
    drawn = checked(kind, shape)
    home = _village(connection, drawn)
    prices = unit_costs(connection)
    proposer = PROPOSERS[kind.need]
    county = read_county(connection, home[:6].ljust(12, "0"), proposer, today())
    proposal = proposer.propose(
        county.territory,
        county.frames,
        unit_yuan=prices,
        elevation=county.elevation,
        relocation=county.relocation,
    )
    made = Candidate(
        no=before.no if before is not None else "",
        kind=kind,
        admin_code=home,
        name=" ".join(name.split())[:80],
        geometry=drawn,
        size=0.0,
        unit="",
        cost_yuan=0.0,
        cost_parts=before.cost_parts if before is not None else {},
        served=(),
        relocation=home in county.relocation,
    )
    hardened, unhardened = _roads(county)
    reckoned = reckon(
        made,
        _needy(county, proposal),
        prices,
        county.territory.metric_crs,
        hardened=hardened,
        unhardened=unhardened,
        terrain=Terrain(county.elevation, county.territory.metric_crs),
    )
    if before is not None:
        # What had to be built first still has, where the line still begins there; people see to it by hand otherwise.
        reckoned = replace(reckoned, needs_first=before.needs_first)
    return reckoned, prices


def _village(connection: sa.Connection, drawn: BaseGeometry) -> str:
    """The village where a drawing ends; the corners looked at, some fifty of them, must all lie in villages."""
    corners = shapely.get_coordinates(drawn)[:: max(1, len(shapely.get_coordinates(drawn)) // 50)]
    corners = [*corners.tolist(), shapely.get_coordinates(drawn)[-1].tolist()]
    found = [code_at(connection, AdminLevel.VILLAGE, lon, lat) for lon, lat in corners]
    if any(code is None for code in found):
        raise BadDrawing("outside")
    return str(found[-1])


def _needy(county: County, proposal: Proposal) -> Needy:
    """Everyone who lacks the thing: whom the proposal serves, and whom it leaves without."""
    lacking = _once(
        [*(one for made in proposal.candidates for one in made.served), *(w.served for w in proposal.without)]
    )
    settlements: gpd.GeoDataFrame = county.frames["settlements"]
    _, households, _ = estimates(settlements)
    row = {str(number): place for place, number in enumerate(settlements["settlement_no"])}
    known = [one for one in lacking if one.settlement_no in row]
    rows = np.array([row[one.settlement_no] for one in known], dtype=np.intp)
    return Needy(
        tuple(known),
        np.asarray(settlements.geometry.to_numpy()[rows], dtype=object),
        households[rows],
        np.array([one.admin_code in county.relocation for one in known], dtype=bool),
    )


def _once(served: Iterable[Served]) -> list[Served]:
    by_key = {one.key: one for one in served}
    return [by_key[key] for key in sorted(by_key)]


def _roads(county: County) -> tuple[np.ndarray, np.ndarray]:
    """Hardened roads and the others in metres; none where the need has nothing to do with roads."""
    if "roads" not in county.frames:
        return _NOTHING, _NOTHING
    roads = county.frames["roads"]
    lines = county.territory.in_metres(roads).to_numpy()
    hard = matching(roads, {"surface": _HARDENED})
    return np.asarray(lines[hard], dtype=object), np.asarray(lines[~hard], dtype=object)
