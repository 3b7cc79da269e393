"""Samples for inspections: stratified, weighted by risk, drawn anew by anybody who has the list and the seed.

Within a stratum the sample is systematic with probability proportional to size from a randomly ordered list (Madow
1949; Goodman and Kish 1950; Särndal, Swensson and Wretman 1992, 3.6.2): inclusion probabilities are exactly
``n · size / Σ size``; units for which that exceeds one are taken for certain. Chance is SHA-256 of the seed, the
stratum and the unit's number, so that no version of any program changes a draw and the order of the list has no say.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from analysis.territory import BoolArray, FloatArray

COLUMNS = ("unit_id", "stratum", "size")
_CERTAIN = 1 - 1e-12
_EVEN = 1e-9
_HALVINGS = 200
_BITS = 53
_DIGITS = 6
"""Decimals of a size: what is compared and stored is the same number."""


class SampleTooSmall(AnalysisError):
    """Fewer are to be drawn than there are strata."""

    key = "inspection.sample_too_small"


class SampleTooLarge(AnalysisError):
    """More are to be drawn than there are."""

    key = "inspection.sample_too_large"


class BadSize(AnalysisError):
    """A unit's size is no positive number, or a unit is listed twice."""

    key = "inspection.bad_size"


@dataclass(frozen=True)
class Draw:
    """A population with what was drawn of it.

    Attributes
    ----------
    units : `COLUMNS`, ``probability`` (0–1, of being drawn) and ``drawn``; by stratum and unit.
    population_digest, sample_digest : SHA-256 of the list with its sizes, and of what was drawn from it.
    """

    units: pd.DataFrame
    population_digest: str
    sample_digest: str


def draw(population: pd.DataFrame, number: int, seed: str) -> Draw:
    """Draw a stratified sample with probability proportional to size.

    Parameters
    ----------
    population : `COLUMNS`: number of the unit, its stratum, its size (any positive measure of risk).
    number : units to draw, at least one for each stratum.
    seed : any text, kept with the sample.

    Raises
    ------
    BadSize, SampleTooSmall, SampleTooLarge
    """
    units = population.loc[:, list(COLUMNS)].copy()
    units["size"] = units["size"].astype(float).round(_DIGITS)
    sizes = units["size"].to_numpy()
    bad = ~np.isfinite(sizes) | (sizes <= 0) | units["unit_id"].duplicated().to_numpy()
    if bad.any():
        raise BadSize(unit=str(units.loc[bad, "unit_id"].iloc[0]))
    units = units.sort_values(["stratum", "unit_id"], ignore_index=True)
    strata = {str(name): rows for name, rows in units.groupby("stratum").indices.items()}
    sizes = units["size"].to_numpy()
    wanted = allocate(
        {name: float(sizes[rows].sum()) for name, rows in strata.items()},
        {name: len(rows) for name, rows in strata.items()},
        number,
    )
    probability, drawn = np.zeros(len(units)), np.zeros(len(units), dtype=bool)
    for name, rows in strata.items():
        probability[rows] = inclusion(sizes[rows], wanted[name])
        ids = list(units["unit_id"].to_numpy()[rows])
        drawn[rows] = systematic(probability[rows], ids, name, seed)
    units["probability"], units["drawn"] = probability, drawn
    return Draw(units, population_digest(units), _digest(units.loc[drawn, "unit_id"]))


def allocate(sizes: Mapping[str, float], counts: Mapping[str, int], number: int) -> dict[str, int]:
    """Share a sample among strata by their sizes: at least one each, at most what a stratum has.

    Each gets a common factor of its size, held within these bounds; parts of one are given by the largest remainder
    (Hamilton), between equal ones the stratum's name decides.

    Raises
    ------
    SampleTooSmall, SampleTooLarge
    """
    if number < len(counts):
        raise SampleTooSmall(number=number, strata=len(counts))
    if number > sum(counts.values()):
        raise SampleTooLarge(number=number, units=sum(counts.values()))
    strata = sorted(counts)
    size = np.array([sizes[name] for name in strata])
    most = np.array([float(counts[name]) for name in strata])

    def shared(factor: float) -> FloatArray:
        return np.clip(factor * size, 1.0, most)

    low, high = 0.0, float((most / size).max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if shared(middle).sum() < number else (low, middle)
    exact = shared(high)
    whole = np.floor(exact + _EVEN).astype(int)
    # Largest remainders first; sorting is stable, so that equal ones go by name.
    for row in np.argsort(whole - exact, kind="stable")[: number - int(whole.sum())]:
        whole[row] += 1
    return dict(zip(strata, whole.tolist(), strict=True))


def inclusion(sizes: FloatArray, number: int) -> FloatArray:
    """Probability of each unit to be among `number` drawn in proportion to size; they sum to `number`."""
    probability = np.ones(len(sizes))
    left = np.ones(len(sizes), dtype=bool)
    while left.any():
        still = number - int((~left).sum())
        share = still * sizes / sizes[left].sum()
        certain = left & (share >= _CERTAIN)
        if not certain.any():
            probability[left] = share[left]
            break
        left &= ~certain
    return probability


def systematic(probability: FloatArray, ids: Sequence[str], stratum: str, seed: str) -> BoolArray:
    """Units of a stratum hit by points one apart on the line of their probabilities, laid out in random order.

    Parameters
    ----------
    probability : of each unit, as `inclusion`; their sum is whole.
    """
    drawn: BoolArray = probability >= _CERTAIN
    open_ = [int(row) for row in np.flatnonzero(~drawn)]
    if not open_:
        return drawn
    chance = np.array([_uniform(seed, stratum, ids[row]) for row in open_])
    order = np.array(open_)[np.argsort(chance, kind="stable")]
    ends = np.cumsum(probability[order])
    number = round(float(ends[-1]))
    ends[-1] = number  # what rounding has left off the end belongs to the last one
    points = _uniform(seed, stratum, "") + np.arange(number)
    drawn[order[np.searchsorted(ends, points, side="right")]] = True
    return drawn


def _uniform(*parts: str) -> float:
    """A number of [0, 1) from SHA-256 of the parts, each behind its length."""
    said = "".join(f"{len(part)}:{part}" for part in parts).encode()
    return float(int.from_bytes(hashlib.sha256(said).digest()[:8]) >> (64 - _BITS)) / float(1 << _BITS)


def population_digest(units: pd.DataFrame) -> str:
    """SHA-256 of a list of `COLUMNS`, whatever its order."""
    rows = zip(units["unit_id"], units["stratum"], units["size"], strict=True)
    return _digest(f"{unit}\t{stratum}\t{size:.{_DIGITS}f}" for unit, stratum, size in rows)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def risk(signals: pd.DataFrame, weights: Mapping[str, float]) -> "pd.Series[float]":
    """Size of each unit: one, and for each signal its weight times how strong it is.

    Parameters
    ----------
    signals : columns of 0–1; NaN counts as none.
    weights : not negative, by column. With 0 for all, every unit has the same chance.
    """
    size = pd.Series(1.0, index=signals.index)
    for name, weight in weights.items():
        size += weight * signals[name].astype(float).fillna(0.0).clip(0.0, 1.0)
    return size


@dataclass(frozen=True)
class Share:
    """An estimated share of a population with the ends of its 95 % interval, 0–1."""

    value: float
    low: float
    high: float


def estimated_share(found: BoolArray, probability: FloatArray) -> Share | None:
    """Share of the population that has what was found in the sample, each unit weighted by 1 / probability.

    The estimate is Hájek's; its variance takes the draw as one of high entropy (Hájek 1964: Särndal et al. 1992,
    11.3), since systematic samples have no unbiased one. None for fewer than two units.
    """
    if len(found) < 2:
        return None
    weight = 1 / probability
    share = float((weight * found).sum() / weight.sum())
    rest = (found - share) * weight / weight.sum()
    spread = 1 - probability
    centre = (spread * rest).sum() / spread.sum() if spread.any() else 0.0
    variance = float((spread * (rest - centre) ** 2).sum()) * len(found) / (len(found) - 1)
    half = 1.96 * math.sqrt(variance)
    return Share(share, max(0.0, share - half), min(1.0, share + half))
