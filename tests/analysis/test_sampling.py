"""Samples: as many as asked, by the probabilities that are stated, the same for everybody who has list and seed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sampling import (
    BadSize,
    SampleTooLarge,
    SampleTooSmall,
    allocate,
    draw,
    estimated_share,
    inclusion,
    risk,
    systematic,
)

sizes = st.floats(0.01, 100)
strata = st.dictionaries(
    st.sampled_from("ABCDEF"), st.tuples(sizes, st.integers(1, 40)), min_size=1, max_size=6
)


def _list(count: int = 60, seed: int = 3) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "unit_id": [f"4418{n:08d}" for n in range(count)],
            "stratum": [("英德市", "佛冈县", "连州市")[n % 3] for n in range(count)],
            "size": chance.lognormal(0, 1, count),
        }
    )


@given(strata, st.floats(0, 1))
def test_an_allocation_keeps_its_bounds_and_its_sum(given_: dict[str, tuple[float, int]], at: float) -> None:
    size, count = ({name: pair[i] for name, pair in given_.items()} for i in (0, 1))
    number = len(count) + round(at * (sum(count.values()) - len(count)))
    found = allocate(size, count, number)  # type: ignore[arg-type]
    assert sum(found.values()) == number
    assert all(1 <= found[name] <= count[name] for name in count)


def test_an_allocation_is_in_proportion_with_the_largest_remainders() -> None:
    # 10 · (50, 30, 21) / 101 = 4.95, 2.97, 2.08.
    assert allocate({"a": 50, "b": 30, "c": 21}, dict.fromkeys("abc", 100), 10) == {"a": 5, "b": 3, "c": 2}
    # One large stratum of few, one small of many: what the first cannot take the other gets.
    assert allocate({"big": 1000, "many": 1}, {"big": 5, "many": 100}, 50) == {"big": 5, "many": 45}


@given(st.lists(sizes, min_size=1, max_size=30), st.floats(0, 1))
def test_probabilities_sum_to_the_number_and_grow_with_size(given_: list[float], at: float) -> None:
    number = 1 + round(at * (len(given_) - 1))
    size = np.array(given_)
    probability = inclusion(size, number)
    assert probability.sum() == pytest.approx(number)
    assert ((probability > 0) & (probability <= 1)).all()
    order = np.argsort(size)
    assert (np.diff(probability[order]) >= -1e-12).all()


def test_probabilities_worked_by_hand() -> None:
    # 2 of sizes 1 1 2 6: 2·6/10 > 1, so the last is certain; of the rest 1 of 1 1 2.
    assert inclusion(np.array([1.0, 1, 2, 6]), 2).tolist() == [0.25, 0.25, 0.5, 1.0]


@settings(max_examples=40)
@given(st.integers(3, 60), st.text(max_size=12))
def test_as_many_are_drawn_as_asked_and_the_order_of_the_list_has_no_say(number: int, seed: str) -> None:
    population = _list()
    drawn = draw(population, number, seed)
    assert int(drawn.units["drawn"].sum()) == number
    by_stratum = drawn.units.groupby("stratum")
    assert np.allclose(by_stratum["probability"].sum(), by_stratum["drawn"].sum())
    again = draw(population.sample(frac=1, random_state=number), number, seed)
    assert again.units.equals(drawn.units)
    assert (again.population_digest, again.sample_digest) == (drawn.population_digest, drawn.sample_digest)


def test_a_draw_of_the_past_can_be_drawn_again() -> None:
    """These digests stand in nobody's database but ours: no version of any library may change them."""
    population = pd.DataFrame(
        {
            "unit_id": [f"441881103{n:03d}" for n in range(200, 240)],
            "stratum": ["甲" if n % 2 else "乙" for n in range(40)],
            "size": [1 + (n * 7 % 11) / 10 for n in range(40)],
        }
    )
    drawn = draw(population, 6, "2026-11-28 福彩3D 417")
    assert list(drawn.units.loc[drawn.units["drawn"], "unit_id"].str[-3:]) == EXPECTED
    assert drawn.population_digest == POPULATION
    assert drawn.sample_digest == SAMPLE


EXPECTED = ["214", "228", "238", "205", "209", "233"]
POPULATION = "fd494023795ffad2281173a386aede975476c2904aed1710a8f3a30622f9245d"
SAMPLE = "31423eaa0bc1765518d2de6b576e0db9a410bb1d51ba1950dc0965af5e2a995f"


def test_units_are_drawn_as_often_as_their_probabilities_say() -> None:
    """Each unit's frequency within 4.5 standard deviations of its stated probability."""
    size, draws = _list(25)["size"].to_numpy(), 4000
    ids = [str(n) for n in range(25)]
    probability = inclusion(size, 8)
    hits = np.zeros(25)
    for number in range(draws):
        drawn = systematic(probability, ids, "层", f"simulation {number}")
        assert drawn.sum() == 8
        hits += drawn
    spread = np.sqrt(probability * (1 - probability) / draws)
    assert (np.abs(hits / draws - probability) <= 4.5 * spread + 1e-12).all()


def test_an_estimate_from_samples_hits_the_share_of_the_population() -> None:
    population = _list(90)
    population["size"] = 1 + 3 * population["size"].rank(pct=True)  # as `risk` makes them
    bad = population["size"].rank(pct=True).to_numpy() > 0.6  # risk and finding go together
    truth = dict(zip(population["unit_id"], bad, strict=True))
    estimates, covered = [], 0
    for number in range(150):
        units = draw(population, 30, f"estimate {number}").units
        sample = units[units["drawn"]]
        found = sample["unit_id"].map(truth).to_numpy(dtype=bool)
        share = estimated_share(found, sample["probability"].to_numpy())
        assert share is not None
        estimates.append(share.value)
        covered += share.low <= bad.mean() <= share.high
    assert np.mean(estimates) == pytest.approx(bad.mean(), abs=0.03)
    assert covered >= 0.9 * 150


def test_everybody_drawn_is_no_estimate_but_the_figure() -> None:
    share = estimated_share(np.array([True, False, False, True]), np.ones(4))
    assert share is not None
    assert (share.value, share.low, share.high) == (0.5, 0.5, 0.5)
    assert estimated_share(np.array([True]), np.ones(1)) is None


def test_risk_is_one_and_what_signals_add() -> None:
    signals = pd.DataFrame({"stalled": [0.0, 1.0, None], "gap": [0.5, 2.0, 0.0]})
    assert risk(signals, {"stalled": 2.0, "gap": 1.0}).tolist() == [1.5, 4.0, 1.0]


@pytest.mark.parametrize(("number", "error"), [(2, SampleTooSmall), (61, SampleTooLarge)])
def test_what_cannot_be_drawn_is_said(number: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        draw(_list(), number, "x")


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_a_size_is_positive(size: float) -> None:
    population = _list()
    population.loc[4, "size"] = size
    with pytest.raises(BadSize, match="441800000004"):
        draw(population, 9, "x")


def test_nobody_is_listed_twice() -> None:
    with pytest.raises(BadSize):
        draw(pd.concat([_list(), _list()]), 9, "x")
