"""Dangerous houses: those outstanding, in two batches for each village, the urgent before the others."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from analysis.grid import Grid
from analysis.proposals.demand import PERSONS_PER_HOUSEHOLD, estimates, priced
from analysis.proposals.model import Candidate, Proposal, Served
from analysis.territory import BoolArray, FloatArray, IntArray, Territory, matching, need_columns, totals
from layers.codes import CandidateKind, HouseGrade, HouseState, IncomeCategory, Need

_CLOSED = [
    str(state)
    for state in (HouseState.ACCEPTED, HouseState.OCCUPIED, HouseState.DEMOLISHED, HouseState.RELOCATED)
]
_LOW_INCOME = [str(kind) for kind in IncomeCategory if kind is not IncomeCategory.NONE]
WHOLLY_DANGEROUS, CUT_SLOPE, LOW_INCOME, OVERDUE = 2, 1, 1, 1
"""Points of urgency: grade D, beside a cut slope, household of low income, past its due date."""
URGENT = 3
"""Points from which a house is urgent: grade D with one reason more, or all three reasons without it."""
_PRICES = ("house_c", "house_d", "house_cut_slope")


def propose_houses(
    territory: Territory,
    houses: gpd.GeoDataFrame,
    settlements: gpd.GeoDataFrame,
    elevation: Grid | None,
    unit_yuan: Mapping[str, float],
    *,
    relocation: frozenset[str] = frozenset(),
) -> Proposal:
    """Propose the renovation of C and D houses, and of houses beside cut slopes, that are outstanding.

    Parameters
    ----------
    territory : the villages; their column ``name``, if there is one, goes into the titles.
    houses : ``admin_code``, ``grade``, ``state``, ``cut_slope``, ``income_category``, ``due_on``.
    settlements : for the mean household of each village.
    elevation : not used; all proposers are called alike.
    unit_yuan : prices of ``house_c``, ``house_d`` and ``house_cut_slope``.

    Returns
    -------
    At most two candidates for each village. They lie at a point inside the village, not at the houses, tell
    numbers of houses by grade only, and carry no household's number or income: candidates are read city-wide,
    houses only in one's own scope. A D house is rebuilt elsewhere, so that its slope costs nothing more.

    Raises
    ------
    MissingColumn, MissingPrice.
    """
    house_c, house_d, cut_slope_yuan = priced(unit_yuan, *_PRICES)
    need_columns(houses, ("grade", "state", "cut_slope", "due_on"))
    is_c, is_d = (matching(houses, {"grade": [str(g)]}) for g in (HouseGrade.C, HouseGrade.D))
    cut = houses["cut_slope"].astype("boolean").fillna(False).to_numpy(dtype=bool)
    place = territory.places(houses)
    outstanding = (is_c | is_d | cut) & ~matching(houses, {"state": _CLOSED}) & (place >= 0)
    urgent = _points(territory, houses, is_d, cut) >= URGENT
    size, is_county_size = _household_sizes(territory, settlements)
    slopes = cut & ~is_d
    centres = np.asarray(territory.units.geometry.representative_point(), dtype=object)
    names = territory.units["name"] if "name" in territory.units else territory.units.index.to_series()
    candidates = []
    for title, now in (("urgent", urgent), ("other", ~urgent)):
        chosen = outstanding & now
        counts = {
            id_: _count(place, chosen & kind, len(territory.codes))
            for id_, kind in zip(_PRICES, (is_c, is_d, slopes), strict=True)
        }
        number = _count(place, chosen, len(territory.codes))
        for unit in np.flatnonzero(number).tolist():
            code = str(territory.codes[unit])
            parts = {
                id_: (float(counts[id_][unit]), float(counts[id_][unit]) * price)
                for id_, price in zip(_PRICES, (house_c, house_d, cut_slope_yuan), strict=True)
                if counts[id_][unit]
            }
            people = float(number[unit] * size[unit])
            candidates.append(
                Candidate(
                    no=f"H-{code}-{title}",
                    kind=CandidateKind.HOUSE_RENOVATION,
                    admin_code=code,
                    name=f"{names.iloc[unit]}{'急需' if title == 'urgent' else '其余'}危房改造",
                    geometry=centres[unit],
                    size=float(number[unit]),
                    unit="houses",
                    cost_yuan=sum(yuan for _, yuan in parts.values()),
                    cost_parts=parts,
                    served=(Served(Need.HOUSING, f"{code}-{title}", code, people),),
                    assumptions={
                        "urgent_houses" if title == "urgent" else "other_houses": float(URGENT),
                        "household_size": float(size[unit]),
                        "village_point": 1.0,
                        **({"county_household_size": 1.0} if is_county_size[unit] else {}),
                    },
                    relocation=code in relocation,
                )
            )
    return Proposal(tuple(sorted(candidates, key=lambda one: (one.admin_code, one.no))))


def _points(territory: Territory, houses: pd.DataFrame, is_d: BoolArray, cut: BoolArray) -> IntArray:
    """Points of urgency of each house."""
    low_income = matching(houses, {"income_category": _LOW_INCOME})
    overdue = (pd.to_datetime(houses["due_on"]) < pd.Timestamp(territory.as_of)).to_numpy()
    points = WHOLLY_DANGEROUS * is_d + CUT_SLOPE * cut + LOW_INCOME * low_income + OVERDUE * overdue
    return np.asarray(points, dtype=np.intp)


def _household_sizes(territory: Territory, settlements: gpd.GeoDataFrame) -> tuple[FloatArray, BoolArray]:
    """People to a household in each unit, the county's mean where its settlements do not tell; and where so."""
    people, households, _ = estimates(settlements)
    place = territory.places(settlements)
    known = (place >= 0) & (people > 0) & (households > 0)
    count = len(territory.codes)
    in_people, in_households = (totals(place[known], v[known], count) for v in (people, households))
    mean = in_people.sum() / in_households.sum() if known.any() else PERSONS_PER_HOUSEHOLD
    told = in_households > 0
    return np.divide(in_people, in_households, out=np.full(count, mean), where=told), ~told


def _count(place: IntArray, chosen: BoolArray, units: int) -> IntArray:
    return np.bincount(place[chosen], minlength=units)
