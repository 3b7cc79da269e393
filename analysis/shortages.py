"""Distance to a target in what it is made of: people, households, natural villages, metres of road; and in money.

A share says how far a place is behind; the numbers behind it say how much is to be done. A shortage is priced by
unit costs and a declared conversion: what one missing household, natural village or metre takes. These are
orders of magnitude for comparing places; a project's own cost comes from its design (`analysis.proposals`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from layers import Direction

FloatArray = npt.NDArray[np.float64]


class Counted(StrEnum):
    """What an indicator's denominator counts (for a sum: its value)."""

    PEOPLE = "people"
    HOUSEHOLDS = "households"
    SETTLEMENTS = "settlements"
    METRES = "metres"
    HOUSES = "houses"


@dataclass(frozen=True)
class Conversion:
    """From a shortage to money.

    Attributes
    ----------
    costs : quantity of each unit cost (`analysis.proposals.unit_costs`) that one missing unit takes; empty where
        no unit cost fits, and the shortage is not priced.
    length : a unit cost in km, and the indicator that gives the mean distance, m, that each missing unit has to
        bridge; None where the quantity does not depend on the place.
    """

    counted: Counted
    costs: Mapping[str, float] = field(default_factory=dict)
    length: tuple[str, str] | None = None

    @property
    def priced(self) -> bool:
        """Whether a shortage can be told in money."""
        return bool(self.costs) or self.length is not None


_HALF_C_HALF_D = {"house_c": 0.5, "house_d": 0.5}
CONVERSIONS: dict[str, Conversion] = {
    "tap_water_rate": Conversion(Counted.HOUSEHOLDS, {"connection": 1.0, "mains_km": 0.02}),
    "scaled_supply_share": Conversion(Counted.PEOPLE),
    "served_settlement_share": Conversion(Counted.SETTLEMENTS, {"mains_km": 1.5}),
    "hardened_share": Conversion(Counted.METRES, {"harden_km": 0.001}),
    "linked_settlement_share": Conversion(
        Counted.SETTLEMENTS, length=("harden_km", "mean_distance_to_hardened_m")
    ),
    "rural_access_index": Conversion(Counted.PEOPLE),
    "ftth_household_share": Conversion(Counted.HOUSEHOLDS),
    "people_in_4g_share": Conversion(Counted.PEOPLE, {"station_4g": 1 / 800}),
    "people_in_5g_share": Conversion(Counted.PEOPLE, {"station_5g": 1 / 500}),
    "dangerous_houses_outstanding": Conversion(Counted.HOUSES, _HALF_C_HALF_D),
    "dangerous_houses_per_1000": Conversion(Counted.HOUSES, _HALF_C_HALF_D),
    "housing_completion_rate": Conversion(Counted.HOUSES, _HALF_C_HALF_D),
    "cut_slope_outstanding": Conversion(Counted.HOUSES, {"house_cut_slope": 1.0}),
    "overdue_houses": Conversion(Counted.HOUSES, _HALF_C_HALF_D),
}
"""By indicator id. The assumption behind each is told in words on the page, key ``gaps.assumption.<id>``."""


def shortage(values: FloatArray, denominators: FloatArray, target: float, direction: Direction) -> FloatArray:
    """Units missing to the target: (target - value) × denominator, 0 where it is met or the denominator is 0 (there
    is nothing that could lack), NaN without data.

    Parameters
    ----------
    values, denominators : of each place; a sum's denominator is 1.

    Raises
    ------
    ValueError : a neutral direction, which has no shortage.
    """
    if direction is Direction.NEUTRAL:
        raise ValueError("an indicator without a better end has no shortage")
    sign = 1.0 if direction is Direction.HIGHER else -1.0
    short = np.maximum(sign * (target - values), 0.0) * denominators
    return np.asarray(np.where(denominators == 0, 0.0, short))


def cost_yuan(
    short: FloatArray,
    conversion: Conversion,
    unit_costs: Mapping[str, float],
    length_m: FloatArray | None = None,
) -> FloatArray:
    """Price of a shortage, yuan; NaN where the shortage or a length that it takes is unknown.

    Parameters
    ----------
    short : units missing; see `shortage`.
    unit_costs : yuan by unit-cost id.
    length_m : for a conversion by length, metres that each missing unit takes; see `mean_of_missing`.
    """
    each = sum((quantity * unit_costs[cost] for cost, quantity in conversion.costs.items()), 0.0)
    if conversion.length is None:
        return np.asarray(short * each if conversion.priced else np.full(len(short), np.nan))
    if length_m is None:
        raise ValueError("this conversion takes a length")
    by_length = length_m / 1000 * unit_costs[conversion.length[0]]
    return np.asarray(np.where(short == 0, 0.0, short * (each + by_length)))


def mean_of_missing(mean: FloatArray, met_share: FloatArray) -> FloatArray:
    """Mean over those that miss something, from the mean over all, where those that have it count nearly 0.

    A place where nobody misses anything has 0.
    """
    missing = 1.0 - met_share
    return np.asarray(np.divide(mean, missing, out=np.zeros_like(mean), where=missing > 0))
