"""What is said of a candidate when the time was too short: a range, never one number."""

from dataclasses import replace

import pytest

from analysis.selection.explain import Explanation, explain
from i18n import Lang
from pages.selection_explain import changes_in_words
from tests.analysis.selection.problems import HAND
from tests.analysis.selection.test_explain import CHOICE


def _hurried(no: str) -> Explanation:
    found = explain(HAND, CHOICE, no)
    return replace(
        found,
        settled=False,
        objective_change=-30.0,
        objective_change_most=20.0,
        breakeven_yuan=None,
        breakeven_range_yuan=(20_000, 90_000),
        cost_yuan=200_000,
    )


@pytest.mark.parametrize("no", ["D", "B"])
@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("−30 到 +20 人次", "2 万元", "9 万元")), ("en", ("−30 to +20 people", "between", "90,000"))],
)
def test_what_was_not_settled_is_a_range(no: str, lang: Lang, words: tuple[str, ...]) -> None:
    said = " ".join(changes_in_words(_hurried(no), {}, lang))
    for word in words:
        assert word in said


def test_what_was_settled_is_one_number() -> None:
    said = " ".join(changes_in_words(explain(HAND, CHOICE, "D"), {}, "en"))
    assert "−5 people" in said
    assert "between" not in said
