"""Shortages in numbers and in money, worked by hand; every declared conversion fits its indicator."""

import numpy as np
import pytest

from analysis.proposals.unit_costs import DEFAULT_YUAN
from analysis.shortages import CONVERSIONS, Conversion, Counted, cost_yuan, mean_of_missing, shortage
from i18n import tr
from layers import Direction, indicator

COSTS = {"connection": 1_000.0, "mains_km": 100_000.0, "harden_km": 400_000.0}
NAN = np.nan


def test_people_short_by_hand() -> None:
    """Of 200 households 80 % have tap water: 19 points short of 99 % are 38 households."""
    values, households = np.array([0.8, 1.0, NAN, NAN]), np.array([200.0, 50.0, NAN, 0.0])
    short = shortage(values, households, 0.99, Direction.HIGHER)
    np.testing.assert_allclose(short, [38, 0, NAN, 0])
    tap = Conversion(Counted.HOUSEHOLDS, {"connection": 1.0, "mains_km": 0.02})
    np.testing.assert_allclose(cost_yuan(short, tap, COSTS), [38 * 3_000, 0, NAN, 0])


def test_houses_are_counted_from_above() -> None:
    short = shortage(np.array([7.0, 0.0]), np.array([1.0, 1.0]), 0.0, Direction.LOWER)
    assert short.tolist() == [7.0, 0.0]


def test_roads_to_natural_villages_by_hand() -> None:
    """Of ten natural villages two are not linked, 300 m away on the mean of all: 1 500 m each, 3 km in all."""
    share, mean_m = np.array([0.8, 1.0]), np.array([300.0, 5.0])
    length_m = mean_of_missing(mean_m, share)
    np.testing.assert_allclose(length_m, [1_500, 0])
    short = shortage(share, np.array([10.0, 4.0]), 1.0, Direction.HIGHER)
    linked = CONVERSIONS["linked_settlement_share"]
    np.testing.assert_allclose(cost_yuan(short, linked, COSTS, length_m), [3 * 400_000, 0])


def test_what_is_not_priced_has_no_price() -> None:
    assert not CONVERSIONS["rural_access_index"].priced
    assert np.isnan(cost_yuan(np.array([5.0]), CONVERSIONS["rural_access_index"], COSTS)).all()


def test_a_length_must_be_given_and_a_direction_be_there() -> None:
    with pytest.raises(ValueError, match="length"):
        cost_yuan(np.array([1.0]), CONVERSIONS["linked_settlement_share"], COSTS)
    with pytest.raises(ValueError, match="shortage"):
        shortage(np.array([1.0]), np.array([1.0]), 1.0, Direction.NEUTRAL)


@pytest.mark.parametrize("name", sorted(CONVERSIONS))
def test_conversions_name_what_exists(name: str) -> None:
    conversion = CONVERSIONS[name]
    assert indicator(name).direction is not Direction.NEUTRAL
    assert conversion.costs.keys() <= DEFAULT_YUAN.keys()
    if conversion.length is not None:
        assert conversion.length[0] in DEFAULT_YUAN
        assert indicator(conversion.length[1]).unit == "m"
    if conversion.priced:
        assert tr(f"gaps.assumption.{name}", "zh")
