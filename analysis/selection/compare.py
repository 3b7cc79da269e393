"""Two choices side by side: what is only in one, what moves, and who gains where."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.selection.case import TOWNSHIP_DIGITS
from analysis.selection.model import Choice, Problem

COUNTY_DIGITS = 6


@dataclass(frozen=True)
class Comparison:
    """From choice A to choice B; the pairs are (A, B), people are needs of people served, each once.

    Attributes
    ----------
    only_a, only_b : numbers of candidates, sorted; `moved`: those in both, with their years.
    by_need, by_county, by_township : people served, by code; a code is there if either choice serves anyone.
    """

    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    moved: Mapping[str, tuple[int, int]]
    people: tuple[float, float]
    cost_yuan: tuple[int, int]
    by_need: Mapping[str, tuple[float, float]]
    by_county: Mapping[str, tuple[float, float]]
    by_township: Mapping[str, tuple[float, float]]


def compare(problem: Problem, a: Choice, b: Choice) -> Comparison:
    """Compare two choices among the candidates of one problem.

    Numbers that `problem` does not have are compared by name and serve nobody. `people` are those served whatever the
    aim, so that choices with different aims can be compared too.
    """
    served = (_served(problem, a), _served(problem, b))
    demands = sorted(problem.demands, key=lambda demand: demand.key)
    tables: tuple[dict[str, tuple[float, float]], ...] = ({}, {}, {})
    total = (0.0, 0.0)
    for demand in demands:
        gained = (
            demand.people if demand.key in served[0] else 0.0,
            demand.people if demand.key in served[1] else 0.0,
        )
        if demand.key not in served[0] and demand.key not in served[1]:
            continue
        total = (total[0] + gained[0], total[1] + gained[1])
        codes = (demand.need, demand.admin_code[:COUNTY_DIGITS], demand.admin_code[:TOWNSHIP_DIGITS])
        for table, code in zip(tables, codes, strict=True):
            so_far = table.get(code, (0.0, 0.0))
            table[code] = (so_far[0] + gained[0], so_far[1] + gained[1])
    by_need, by_county, by_township = (dict(sorted(table.items())) for table in tables)
    return Comparison(
        only_a=tuple(sorted(a.years.keys() - b.years.keys())),
        only_b=tuple(sorted(b.years.keys() - a.years.keys())),
        moved={
            no: (a.years[no], b.years[no])
            for no in sorted(a.years.keys() & b.years.keys())
            if a.years[no] != b.years[no]
        },
        people=total,
        cost_yuan=(a.cost_yuan, b.cost_yuan),
        by_need=by_need,
        by_county=by_county,
        by_township=by_township,
    )


def _served(problem: Problem, choice: Choice) -> set[str]:
    return {key for option in problem.options if option.no in choice.years for key in option.demands}
