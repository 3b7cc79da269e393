"""A made-up question to the optimiser, of the size of the city: seeded, with heavy tails, overlaps and rules."""

import numpy as np

from analysis.selection.model import Budget, Demand, Measure, Option, Problem, Rule, RuleKind
from layers.codes import CandidateKind, FundSource

KINDS = tuple(CandidateKind)
_SHARE = (0.34, 0.2, 0.12, 0.1, 0.06, 0.18)
_MEDIAN_YUAN = (450_000, 350_000, 400_000, 250_000, 320_000, 90_000)
_REACH = (2.0, 5.0, 8.0, 14.0, 9.0, 1.6)
"""Natural villages that a candidate of each kind serves, on average."""


def random_problem(
    seed: int, *, villages: int = 1200, candidates: int = 3000, years: int = 3, budget_share: float = 0.3
) -> Problem:
    """Return a problem with so many villages in 8 counties; budgets are a share of what everything would cost."""
    rng = np.random.default_rng(seed)
    codes = [
        f"4418{county:02d}1{township:02d}{200 + village:03d}"
        for village in range(villages)
        for county, township in [divmod(village * 85 // villages, 11)]
    ]
    demands, near = _demands(rng, codes)
    options = _options(rng, codes, near, candidates)
    everything = sum(option.cost_yuan for option in options)
    return Problem(
        options=tuple(options),
        demands=tuple(demands.values()),
        budgets=tuple(_budgets(rng, int(everything * budget_share), years)),
        rules=tuple(_rules(rng, options)),
    )


def _demands(
    rng: np.random.Generator, codes: list[str]
) -> tuple[dict[str, Demand], dict[str, list[list[str]]]]:
    """About six natural villages in need for each village and need; people by a log-normal law."""
    demands: dict[str, Demand] = {}
    near: dict[str, list[list[str]]] = {}
    for need in sorted({str(kind.need) for kind in KINDS}):
        near[need] = []
        for at, code in enumerate(codes):
            here = []
            for place in range(rng.poisson(6)):
                key = f"{need}:{at}-{place}"
                demands[key] = Demand(key, need, code, float(np.ceil(rng.lognormal(3.6, 0.9))))
                here.append(key)
            near[need].append(here)
    return demands, near


def _options(
    rng: np.random.Generator, codes: list[str], near: dict[str, list[list[str]]], candidates: int
) -> list[Option]:
    options: list[Option] = []
    of_kind: dict[int, list[Option]] = {kind: [] for kind in range(len(KINDS))}
    for number in range(candidates):
        kind = int(rng.choice(len(KINDS), p=_SHARE))
        # Candidates crowd where the needs are: half of them lie in an eighth of the villages and compete there.
        at = int(rng.integers(len(codes))) if rng.random() < 0.5 else int(rng.integers(len(codes) // 8)) * 8
        pool = [
            key for other in (at, at + 1, at - 1) for key in near[str(KINDS[kind].need)][other % len(codes)]
        ]
        size = min(len(pool), 1 + rng.poisson(_REACH[kind] - 1))
        served = [pool[i] for i in sorted(rng.choice(len(pool), size, replace=False))] if pool else []
        before = [option for option in of_kind[kind][-40:] if option.admin_code[:9] == codes[at][:9]]
        first = (before[-1].no,) if before and rng.random() < 0.25 else ()
        option = Option(
            no=f"C{number:05d}",
            kind=str(KINDS[kind]),
            admin_code=codes[at],
            cost_yuan=int(_MEDIAN_YUAN[kind] * rng.lognormal(0, 0.8) * (0.4 + 0.3 * size)) // 100 * 100 + 100,
            demands=tuple(served),
            needs_first=first,
            relocation=bool(rng.random() < 0.04),
        )
        options.append(option)
        of_kind[kind].append(option)
    return options


def _budgets(rng: np.random.Generator, yuan: int, years: int) -> list[Budget]:
    """Four sources: two for anything, one for roads and houses, one for water and masts."""
    road, mains, works, mast4, mast5, house = (str(kind) for kind in KINDS)
    sources = (
        (FundSource.CENTRAL, 0.25, (road, house)),
        (FundSource.PROVINCIAL, 0.35, ()),
        (FundSource.CITY, 0.15, (mains, works, mast4, mast5)),
        (FundSource.COUNTY, 0.25, ()),
    )
    return [
        Budget(str(source), 2026 + year, int(yuan * share / years * rng.uniform(0.8, 1.2)), kinds)
        for source, share, kinds in sources
        for year in range(years)
    ]


def _rules(rng: np.random.Generator, options: list[Option]) -> list[Rule]:
    """A dozen rules that can be kept together."""
    free = [option for option in options if not option.relocation and not option.needs_first]
    picked = [free[i].no for i in rng.choice(len(free), 24, replace=False)]
    house = str(CandidateKind.HOUSE_RENOVATION)
    mast = str(CandidateKind.BASE_STATION_5G)
    return [
        Rule("no-relocation", RuleKind.NO_RELOCATION),
        Rule("must", RuleKind.MUST, options=tuple(picked[:4])),
        Rule("never", RuleKind.NEVER, options=tuple(picked[4:8])),
        Rule("one-of-a", RuleKind.EXCLUSIVE, options=tuple(picked[8:11])),
        Rule("one-of-b", RuleKind.EXCLUSIVE, options=tuple(picked[11:14])),
        Rule("after-a", RuleKind.TOGETHER, options=tuple(picked[14:17])),
        Rule("after-b", RuleKind.TOGETHER, options=tuple(picked[17:19])),
        Rule("houses", RuleKind.AT_LEAST, amount=60, kinds=(house,)),
        Rule("county-00", RuleKind.AT_LEAST, prefix="441800", amount=20_000_000, measure=Measure.YUAN),
        Rule("county-03", RuleKind.AT_MOST, prefix="441803", amount=40_000_000, measure=Measure.YUAN),
        Rule("masts", RuleKind.AT_MOST, amount=50, kinds=(mast,)),
        Rule("fair", RuleKind.FAIR, prefix="4418", amount=0.06),
    ]
