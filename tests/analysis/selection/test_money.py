"""Money divided to the yuan over sources that may pay for some kinds only."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.selection.model import Budget, Payment
from analysis.selection.money import divide, money_rows
from tests.analysis.selection import brute
from tests.analysis.selection.problems import HAND, option

KINDS = ("road_link", "new_works", "house_renovation")


def test_a_source_for_everything_steps_back_for_one_that_nobody_else_can_use() -> None:
    options = {"r": option("r", 5), "w": option("w", 5, kind="new_works"), "h": option("h", 5, kind="house")}
    budgets = (
        Budget("a", 2026, 5, ("road_link", "new_works")),
        Budget("b", 2026, 5, ("new_works", "house")),
        Budget("c", 2026, 5, ("house",)),
    )
    assert divide(options, dict.fromkeys(options, 2026), budgets) == (
        Payment("h", "c", 2026, 5),
        Payment("r", "a", 2026, 5),
        Payment("w", "b", 2026, 5),
    )
    assert divide(options, dict.fromkeys(options, 2026), budgets[:2]) is None


_budgets = st.lists(
    st.builds(
        Budget,
        st.sampled_from(("a", "b", "c", "d")),
        st.just(2026),
        st.integers(0, 30),
        st.lists(st.sampled_from(KINDS), unique=True).map(tuple),
    ),
    min_size=1,
    max_size=4,
)


@given(_budgets, st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 25)), max_size=5))
def test_the_rows_hold_exactly_when_the_money_can_be_divided(
    budgets: list[Budget], costs: list[tuple[str, int]]
) -> None:
    options = {f"o{i}": option(f"o{i}", cost, kind=kind) for i, (kind, cost) in enumerate(costs)}
    years = dict.fromkeys(options, 2026)
    rows = money_rows(KINDS, budgets)
    hold = all(sum(cost for kind, cost in costs if kind in row.kinds) <= row.yuan for row in rows)
    payments = divide(options, years, budgets)
    assert hold == (payments is not None)
    problem = type(HAND)(tuple(options.values()), (), tuple(budgets))
    assert hold == brute.payable(problem, years)
    if payments is not None:
        assert sum(payment.yuan for payment in payments) == sum(cost for _, cost in costs)
