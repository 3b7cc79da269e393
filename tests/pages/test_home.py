"""The first page's numbers are the database's."""

import sqlalchemy as sa

from tests.pages.conftest import Open, scalar

KIND = "SELECT count(*) FROM feature.admin_units WHERE level = 'township' AND kind = :kind"
LEVEL = "SELECT count(*) FROM feature.admin_units WHERE level = :level"


def test_numbers(open_page: Open, shown_city: sa.Engine) -> None:
    metrics = {metric.label: metric.value for metric in open_page("home", "en").metric}
    assert metrics["Counties"] == str(scalar(shown_city, LEVEL, level="county"))
    assert metrics["Towns"] == str(scalar(shown_city, KIND, kind="town"))
    assert metrics["Streets"] == str(scalar(shown_city, KIND, kind="street"))
    assert metrics["Villages"] == f"{scalar(shown_city, LEVEL, level='village'):,}"


def test_says_how_current_each_layer_is(open_page: Open, shown_city: sa.Engine) -> None:
    table = open_page("home", "en").dataframe[0].value.set_index("Features")
    assert table.loc["Houses", "Rows"] == scalar(shown_city, "SELECT count(*) FROM feature.houses")
    as_of = scalar(
        shown_city,
        "SELECT as_of FROM xiangtu.import_batches WHERE feature_id = 'houses' AND state = 'done' "
        "ORDER BY finished_at DESC LIMIT 1",
    )
    assert table.loc["Houses", "As of"] == (as_of.isoformat() if as_of else "unknown")
