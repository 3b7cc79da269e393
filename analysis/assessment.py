"""Assessment of townships by a table of rules: points of each item, total, rank and grade.

The table is the city's to make; nothing here knows what is assessed. A figure becomes a share of its item's points,
linearly between a floor and a full mark or by bands; items count to the total, add to it or take from it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.errors import AnalysisError
from layers import CodeList

FULL = 100.0
_EVEN = 1e-9


class ItemKind(CodeList):
    """What an item's points do to the total."""

    SCORE = "score", "计分", "scored", "基础分"
    BONUS = "bonus", "加分", "bonus"
    PENALTY = "penalty", "扣分", "penalty"


class Grade(CodeList):
    """Grades of the assessment, the best first."""

    GOOD = "good", "好", "good"
    FAIR = "fair", "较好", "fairly good", "较好"
    AVERAGE = "average", "一般", "average"
    POOR = "poor", "较差", "poor"


class NoData(CodeList):
    """What becomes of an item for which a township has no data."""

    EXCLUDE = (
        "exclude",
        "不计入，其余项按比例折算为满分",
        "left out, the others scaled to full points",
        "不计入",
    )
    ZERO = "zero", "按零分计", "counted as no points", "零分"


class Basis(StrEnum):
    """Where an item's points come from."""

    MEASURED = "measured"
    NO_DATA = "no_data"
    OBJECTION = "objection"


class BadRules(AnalysisError):
    """A table of rules that does not add up; `what` says in which way."""

    def __init__(self, what: str, **values: object) -> None:
        self.what = what
        self.key = f"assessment.bad_{what}"
        super().__init__(**values)

    def __reduce__(self) -> "tuple[object, tuple[object, ...]]":  # type: ignore[override]
        """Pickle with the kind, which the base class does not know."""
        return _bad_rules, (self.what, self.values)


def _bad_rules(what: str, values: Mapping[str, object]) -> BadRules:
    return BadRules(what, **values)


@dataclass(frozen=True)
class Item:
    """One line of a table of rules.

    Attributes
    ----------
    no : number in the table, from 1.
    group : heading under which it stands.
    indicator : id of the figure.
    points : full points; those of the scored items sum to 100.
    floor, full : figures (in the indicator's stored unit) at which no points and all points are given, linear in
        between. `floor` may be above `full`: the less, the better.
    bands : instead of them, ``(figure, share)`` in ascending figures: the share holds from its figure on, up to the
        next; below the first figure there are no points.
    """

    no: int
    group: str
    indicator: str
    points: float
    kind: ItemKind = ItemKind.SCORE
    floor: float | None = None
    full: float | None = None
    bands: tuple[tuple[float, float], ...] = ()

    def share(self, value: float) -> float:
        """Share of the points for a figure, 0–1; NaN for no data."""
        if np.isnan(value):
            return float("nan")
        if self.bands:
            return next((share for figure, share in reversed(self.bands) if value >= figure), 0.0)
        assert self.floor is not None  # noqa: S101 - `require_sound`
        assert self.full is not None  # noqa: S101
        # + 0.0: there is no minus zero, which no database keeps.
        return float(np.clip((value - self.floor) / (self.full - self.floor), 0.0, 1.0)) + 0.0


@dataclass(frozen=True)
class Rules:
    """A table of rules.

    Attributes
    ----------
    items : in the order of their numbers.
    no_data : what becomes of an item without data.
    grades : share of the townships, from the best on, that get each grade but the last, 0–1.
    """

    items: tuple[Item, ...]
    no_data: NoData = NoData.EXCLUDE
    grades: tuple[float, float, float] = (0.25, 0.4, 0.3)

    def item(self, no: int) -> Item:
        """The item of a number (KeyError if there is none)."""
        for one in self.items:
            if one.no == no:
                return one
        raise KeyError(no)


def require_sound(rules: Rules, known: Sequence[str]) -> None:
    """Raise `BadRules` unless the table adds up and every figure is known.

    Parameters
    ----------
    known : ids of the indicators there are.
    """
    if not rules.items:
        raise BadRules("empty")
    if [one.no for one in rules.items] != list(range(1, len(rules.items) + 1)):
        raise BadRules("numbers")
    for one in rules.items:
        if one.indicator not in known:
            raise BadRules("indicator", no=one.no, given=one.indicator)
        if not 0 < one.points <= FULL:
            raise BadRules("points", no=one.no, given=one.points)
        if one.bands:
            figures, shares = zip(*one.bands, strict=True)
            if list(figures) != sorted(set(figures)) or not all(0 <= share <= 1 for share in shares):
                raise BadRules("bands", no=one.no)
        elif one.floor is None or one.full is None or one.floor == one.full:
            raise BadRules("ends", no=one.no)
    total = sum(one.points for one in rules.items if one.kind is ItemKind.SCORE)
    if abs(total - FULL) > _EVEN:
        raise BadRules("total", given=f"{total:g}")
    if not all(share >= 0 for share in rules.grades) or sum(rules.grades) > 1 + _EVEN:
        raise BadRules("grades")


def scores(rules: Rules, figures: pd.DataFrame) -> pd.DataFrame:
    """Points of each township for each item.

    Parameters
    ----------
    figures : a row for each township, a column for each indicator; NaN where there is no data.

    Returns
    -------
    ``admin_code``, ``item_no``, ``value``, ``share`` (NaN without data), ``score`` (NaN where left out) and ``basis``.
    """
    rows = []
    for code, known in figures.iterrows():
        for one in rules.items:
            value = float(known[one.indicator])
            share = one.share(value)
            score, basis = share * one.points, Basis.MEASURED
            if np.isnan(share):
                basis = Basis.NO_DATA
                # Neither a bonus nor a penalty is given for what is not known.
                if rules.no_data is NoData.ZERO or one.kind is not ItemKind.SCORE:
                    score = 0.0
            rows.append((str(code), one.no, value, share, round(score, 6), str(basis)))
    return pd.DataFrame(rows, columns=["admin_code", "item_no", "value", "share", "score", "basis"])


def totals(rules: Rules, scored: pd.DataFrame) -> pd.DataFrame:
    """Total, rank and grade of each township.

    Parameters
    ----------
    scored : ``admin_code``, ``item_no``, ``score``; NaN where an item is left out.

    Returns
    -------
    By rank and code: ``admin_code``, ``base`` (scored items, of 100), ``bonus``, ``penalty``, ``total`` (not below 0),
    ``counted`` (points of the items with data), ``rank`` (equals share one) and ``grade``; a township for which no
    item counts has no total, no rank and no grade.
    """
    kinds = {one.no: str(one.kind) for one in rules.items}
    points = {one.no: one.points for one in rules.items}
    given = scored.assign(
        kind=scored["item_no"].map(kinds),
        points=scored["item_no"].map(points),
        score=scored["score"].astype(float),
    )
    known = given[given["score"].notna()]

    def summed(kind: ItemKind, column: str = "score") -> "pd.Series[float]":
        of = known[known["kind"] == str(kind)]
        return of.groupby("admin_code")[column].sum().astype(float)

    found = pd.DataFrame(index=pd.Index(sorted(set(given["admin_code"])), name="admin_code"))
    found["counted"] = summed(ItemKind.SCORE, "points").reindex(found.index).fillna(0.0)
    base = summed(ItemKind.SCORE).reindex(found.index)
    found["base"] = base * FULL / found["counted"].where(found["counted"] > 0)
    for kind in (ItemKind.BONUS, ItemKind.PENALTY):
        found[str(kind)] = summed(kind).reindex(found.index).fillna(0.0)
    found["total"] = (found["base"] + found["bonus"] - found["penalty"]).clip(lower=0.0).round(2)
    found["rank"] = found["total"].rank(method="min", ascending=False).astype("Int64")
    found["grade"] = _grades(rules.grades, found["rank"])
    found = found.reset_index().sort_values(["rank", "admin_code"], ignore_index=True, na_position="last")
    return found[["admin_code", "base", "bonus", "penalty", "total", "counted", "rank", "grade"]]


def _grades(shares: Sequence[float], ranks: "pd.Series[int]") -> list[str | None]:
    """The grade of each rank: by shares of those ranked, rounded half up; the last grade takes the rest."""
    ranked = int(ranks.notna().sum())
    ends = np.floor(np.cumsum(shares) * ranked + 0.5)
    names = [str(one) for one in Grade]
    return [
        None if pd.isna(rank) else names[int(np.searchsorted(ends, int(rank), side="left"))] for rank in ranks
    ]
