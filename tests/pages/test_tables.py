"""Indicators: figures equal the database's, filters filter."""

import pandas as pd
import pytest
import sqlalchemy as sa

from pages import downloads
from pages.scopes import Townships
from tests.pages.conftest import Open, scalar


def test_indicator_table_is_worst_first_and_complete(open_page: Open, shown_city: sa.Engine) -> None:
    app = open_page("indicators", "en")
    table, absent = app.dataframe[0].value, app.dataframe[1].value
    shares = table["Tap-water rate (%)"]
    assert shares.notna().all()
    assert shares.is_monotonic_increasing
    townships = scalar(shown_city, "SELECT count(*) FROM feature.admin_units WHERE level = 'township'")
    assert len(table) + len(absent) == townships
    worst = scalar(
        shown_city,
        "SELECT min(value) FROM xiangtu.indicator_values WHERE indicator_id = 'tap_water_rate' "
        "AND level = 'township' AND scope = 'all' "
        "AND as_of = (SELECT max(as_of) FROM xiangtu.indicator_runs)",
    )
    assert shares.iloc[0] == pytest.approx(float(str(worst)) * 100, abs=0.01)


def test_only_towns(open_page: Open, shown_city: sa.Engine) -> None:
    app = open_page("indicators", "en")
    app.segmented_control(key="indicators.scope").set_value(Townships.TOWNS).run()
    towns = scalar(
        shown_city, "SELECT count(*) FROM feature.admin_units WHERE level = 'township' AND kind = 'town'"
    )
    assert len(app.dataframe[0].value) + len(app.dataframe[1].value) == towns


def test_a_printed_figure_keeps_the_ledgers_four_decimals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads.table_sheet, "as_pdf", lambda sheet: repr(sheet.rows).encode())
    table = pd.DataFrame({"a": [0.0001, 1234.5], "b": [1.25, 2.0], "c": [1.0, None]})
    printed = downloads.as_sheet(table, "", "", [], "zh").decode()
    assert printed == repr([["0.0001", "1.25", "1"], ["1,234.5000", "2.00", ""]])
