"""Small problems: one worked by hand, and any number made up by Hypothesis."""

from hypothesis import strategies as st

from analysis.selection.model import Aim, Budget, Demand, Measure, Option, Problem, Rule, RuleKind

VILLAGES = ("441821100201", "441821100202", "441821101201", "441826100201")
TOWNSHIPS = ("441821100", "441821101", "441826100")
KINDS = ("road_link", "new_works")
NEEDS = {"road_link": "road", "new_works": "water"}


def option(no: str, cost_yuan: int, *demands: str, **others: object) -> Option:
    """A road link of the first village unless told otherwise."""
    values = {"kind": "road_link", "admin_code": VILLAGES[0], **others}
    return Option(no=no, cost_yuan=cost_yuan, demands=demands, **values)  # type: ignore[arg-type]


def demand(key: str, people: float, admin_code: str = VILLAGES[0], need: str = "road") -> Demand:
    """People without a road in the first village unless told otherwise."""
    return Demand(key, need, admin_code, people)


HAND = Problem(
    options=(
        option("A", 600, "a", "b"),
        option("B", 500, "b", "c"),
        option("C", 500, "d"),
        option("D", 400, "e", needs_first=("C",)),
    ),
    demands=(demand("a", 50), demand("b", 40), demand("c", 45), demand("d", 10), demand("e", 90)),
    budgets=(Budget("county", 2026, 1000),),
)
"""1000 yuan buy B and C (95 people) or C and D (100), A and D not without C: C and D.

Two thousand buy everything (235); 1,100 buy A and B (135).
"""


@st.composite
def problems(draw: st.DrawFn, *, rules: int = 3, most_options: int = 5) -> Problem:
    """Up to five options in two years, two sources of which one may pay for one kind only, and rules of every kind."""
    demands = []
    for at in range(draw(st.integers(1, 6))):
        need = draw(st.sampled_from(sorted(NEEDS.values())))
        demands.append(demand(f"d{at}", draw(st.integers(1, 60)), draw(st.sampled_from(VILLAGES)), need))
    count = draw(st.integers(1, most_options))
    options = []
    for at in range(count):
        kind = draw(st.sampled_from(KINDS))
        keys = [one.key for one in demands if one.need == NEEDS[kind]]
        served = draw(st.lists(st.sampled_from(keys), unique=True, max_size=3)) if keys else []
        first = (f"o{draw(st.integers(0, at - 1))}",) if at and draw(st.integers(0, 3)) == 0 else ()
        options.append(
            option(
                f"o{at}",
                draw(st.integers(0, 40)) * 25,
                *served,
                kind=kind,
                admin_code=draw(st.sampled_from(VILLAGES)),
                needs_first=first,
                relocation=draw(st.integers(0, 5)) == 0,
            )
        )
    years = (2026, 2027)[: draw(st.integers(1, 2))]
    budgets = [Budget("county", year, draw(st.integers(0, 50)) * 25) for year in years]
    budgets += [Budget("city", year, draw(st.integers(0, 50)) * 25, ("new_works",)) for year in years]
    numbers = [one.no for one in options]
    return Problem(
        options=tuple(options),
        demands=tuple(demands),
        budgets=tuple(budgets),
        rules=tuple(draw(_rule(f"r{at}", numbers)) for at in range(draw(st.integers(0, rules)))),
        aim=draw(st.sampled_from(Aim)),
        village_target=draw(st.sampled_from((0.5, 0.95))),
        supplied={f"road:{VILLAGES[0]}": 20.0, f"water:{VILLAGES[2]}": 30.0},
        later_discount=draw(st.sampled_from((0.0, 0.02, 0.3))),
    )


@st.composite
def _rule(draw: st.DrawFn, id_: str, numbers: list[str]) -> Rule:
    kinds = [RuleKind.AT_LEAST, RuleKind.AT_MOST, RuleKind.NO_RELOCATION, RuleKind.FAIR, RuleKind.MUST]
    kinds += [RuleKind.NEVER] + ([RuleKind.TOGETHER, RuleKind.EXCLUSIVE] if len(numbers) > 1 else [])
    kind = draw(st.sampled_from(kinds))
    of_kinds = draw(st.sampled_from(((), ("road_link",))))
    prefix = draw(st.sampled_from(("4418", "441821", *TOWNSHIPS)))
    if kind in (RuleKind.AT_LEAST, RuleKind.AT_MOST):
        measure = draw(st.sampled_from(Measure))
        amount = draw(st.integers(0, 2)) * (1 if measure is Measure.PROJECTS else 300)
        return Rule(id_, kind, prefix, amount, measure, kinds=of_kinds)
    if kind is RuleKind.FAIR:
        return Rule(id_, kind, prefix, draw(st.sampled_from((0.2, 0.5))), kinds=of_kinds)
    if kind is RuleKind.NO_RELOCATION:
        return Rule(id_, kind, prefix, kinds=of_kinds)
    size = 2 if kind in (RuleKind.TOGETHER, RuleKind.EXCLUSIVE) else 1
    named = draw(st.lists(st.sampled_from(numbers), unique=True, min_size=size, max_size=size))
    return Rule(id_, kind, options=tuple(named))
