"""Who lacks something: natural villages in a fixed order, their people and households, and prices."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from analysis.proposals.errors import MissingPrice
from analysis.proposals.model import NotServed, Served
from analysis.territory import BoolArray, FloatArray, IntArray, ObjectArray, Territory, need_columns, numbers
from layers.codes import Need

PERSONS_PER_HOUSEHOLD = 4.0
"""Where no natural village of the county tells both figures."""


@dataclass(frozen=True, eq=False)
class Lacking:
    """Natural villages that lack something, ordered by their number; n of them.

    Attributes
    ----------
    xy : (n, 2) metres in `Territory.metric_crs`; `lonlat` the same in degrees.
    people, households : (n,) with unknown ones estimated from the other figure, 0 where both are unknown.
    estimated : (n,) whether either was.
    relocation : (n,) whether the village is to be moved.
    """

    need: Need
    numbers: tuple[str, ...]
    codes: tuple[str, ...]
    names: tuple[str, ...]
    xy: FloatArray
    lonlat: FloatArray
    people: FloatArray
    households: FloatArray
    estimated: BoolArray
    relocation: BoolArray

    def __len__(self) -> int:
        return len(self.numbers)

    def points(self) -> ObjectArray:
        """The places as points, metres."""
        return np.asarray(shapely.points(self.xy), dtype=object)

    def served(self, place: int) -> Served:
        """The demand of one of them."""
        return Served(self.need, self.numbers[place], self.codes[place], float(self.people[place]))

    def without(self, place: int, reason: str) -> NotServed:
        """One of them as left without."""
        return NotServed(self.served(place), reason)


def lacking(
    territory: Territory,
    settlements: gpd.GeoDataFrame,
    mask: BoolArray,
    need: Need,
    relocation: frozenset[str],
) -> Lacking:
    """The settlements of the mask; those of other counties are left out.

    Parameters
    ----------
    settlements : points with ``admin_code``, ``settlement_no``, ``name``, ``households``, ``population``.

    Raises
    ------
    CrsMismatch, MissingColumn.
    """
    need_columns(settlements, ("settlement_no", "name"))
    people, households, estimated = estimates(settlements)
    rows = np.flatnonzero(mask & (territory.places(settlements) >= 0))
    identity = settlements["settlement_no"].astype(str).to_numpy()
    rows = rows[np.argsort(identity[rows], kind="stable")]
    codes = settlements["admin_code"].astype(str).to_numpy()[rows]
    xy = shapely.get_coordinates(territory.in_metres(settlements).to_numpy()[rows])
    return Lacking(
        need,
        tuple(identity[rows].tolist()),
        tuple(codes.tolist()),
        tuple(settlements["name"].astype(str).to_numpy()[rows].tolist()),
        xy,
        shapely.get_coordinates(settlements.geometry.to_numpy()[rows]),
        people[rows],
        households[rows],
        estimated[rows],
        np.isin(codes, sorted(relocation)),
    )


def estimates(settlements: gpd.GeoDataFrame) -> tuple[FloatArray, FloatArray, BoolArray]:
    """People and households of each settlement, and where one of them is an estimate.

    An unknown figure is made from the other by the mean household of the settlements that tell both.
    """
    people, households = numbers(settlements, "population"), numbers(settlements, "households")
    both = ~np.isnan(people) & ~np.isnan(households) & (households > 0)
    size = PERSONS_PER_HOUSEHOLD
    if both.any() and people[both].sum() > 0:
        size = float(np.sort(people[both]).sum() / households[both].sum())
    unknown = np.isnan(people) | np.isnan(households)
    known_people = np.where(np.isnan(people), households * size, people)
    known_households = np.where(np.isnan(households), np.ceil(people / size), households)
    return np.nan_to_num(known_people), np.nan_to_num(known_households), unknown


def reported_at(territory: Territory, layer: gpd.GeoDataFrame, settlements: gpd.GeoDataFrame) -> BoolArray:
    """Whether the township of each settlement reported the layer at all; shape (settlements,)."""
    places: IntArray = territory.places(settlements)
    known = places >= 0
    known[known] = territory.reported(layer)[places[known]]
    return known


def priced(unit_yuan: Mapping[str, float], *ids: str) -> tuple[float, ...]:
    """Prices by id.

    Raises
    ------
    MissingPrice : one is missing.
    """
    for id_ in ids:
        if id_ not in unit_yuan:
            raise MissingPrice(id=id_)
    return tuple(float(unit_yuan[id_]) for id_ in ids)
