"""The switch of townships says what "all" counts, from the register: some units are neither town nor street."""

import re

import pandas as pd
import pytest
import sqlalchemy as sa

from i18n import LANGUAGES, Lang
from pages.scopes import counted_words
from tests.pages.conftest import Open, scalar


@pytest.mark.parametrize(("lang", "names"), [("zh", "红旗农场、东江林场"), ("en", "红旗农场, 东江林场")])
def test_other_units_are_counted_and_named(lang: Lang, names: str) -> None:
    units = pd.DataFrame(
        {
            "name": ["甲镇", "乙镇", "丙街道", "红旗农场", "东江林场"],
            "kind": ["town", "town", "street", "other", "other"],
        }
    )
    said = counted_words(units, lang)
    assert [int(number) for number in re.findall(r"\d+", said)[:4]] == [5, 2, 1, 2]
    assert names in said
    assert "农场" not in counted_words(units[units["kind"] != "other"], lang)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    ("page", "key"),
    [
        ("overview", "overview.scope"),
        ("indicators", "indicators.scope"),
        ("land", "land.scope"),
        ("gaps", "gaps.scope"),
        ("progress_map", "past.kind"),
    ],
)
def test_every_switch_says_it(
    open_page: Open, shown_city: sa.Engine, page: str, key: str, lang: Lang
) -> None:
    app = open_page(page, lang)
    assert not app.exception
    every = scalar(shown_city, "SELECT count(*) FROM feature.admin_units WHERE level = 'township'")
    assert f" {every} " in app.segmented_control(key=key).help
