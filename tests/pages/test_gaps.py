"""短板分析: the ranking is the database's, scores come apart, choices and addresses hold, days are compared."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import Lang, tr
from layers import AdminLevel, indicator
from pages.gaps_figures import usual_parts
from store import snapshots
from tests.pages.conftest import _SCRIPT, Open, scalar, show

WIDE = """
SELECT admin_code, indicator_id, value, denominator FROM xiangtu.indicator_values
WHERE level = :level AND scope = 'all' AND as_of = (SELECT max(as_of) FROM xiangtu.indicator_runs)
"""


def wide(engine: sa.Engine, level: str, column: str = "value") -> pd.DataFrame:
    with engine.connect() as connection:
        rows = pd.read_sql(sa.text(WIDE), connection, params={"level": level})
    return rows.pivot(index="admin_code", columns="indicator_id", values=column).astype(float)


def plainly(engine: sa.Engine, level: str) -> "pd.Series[float]":
    """The index with equal weights, by another way: column by column in pandas."""
    values, denominators = wide(engine, level), wide(engine, level, "denominator")
    parts = {}
    for name in usual_parts(AdminLevel.of(level)):
        one = indicator(name)
        sign = 1 if one.direction == "higher" else -1
        short = (sign * (one.target - values[name])).clip(lower=0)
        gap = short / short.max() if short.max() > 0 else short
        if one.rollup == "ratio":
            gap = gap.mask(values[name].isna() & (denominators[name] == 0), 0.0)
        parts[name] = gap
    frame = pd.DataFrame(parts)
    return (frame.mean(axis=1) * 100).where(frame.notna().mean(axis=1) >= 0.5)


def ranking(app: AppTest) -> pd.DataFrame:
    assert not app.exception
    return app.dataframe[0].value


@pytest.mark.parametrize("level", ["village", "township", "county"])
def test_the_ranking_is_made_of_the_snapshots_figures(
    open_page: Open, shown_city: sa.Engine, level: str
) -> None:
    """Of townships and counties from their own rolled-up figures."""
    table = ranking(open_page("gaps", "en", {"level": level}))
    expected = plainly(shown_city, level).dropna().sort_values(ascending=False)
    assert len(table) == len(expected)
    np.testing.assert_allclose(table["Gap index"], expected.round(1), atol=0.051)
    assert table["Rank"].is_monotonic_increasing


def test_the_chosen_places_score_comes_apart(open_page: Open, shown_city: sa.Engine) -> None:
    expected = plainly(shown_city, "village")
    code = str(expected.idxmax())
    app = open_page("gaps", "en", {"code": code})
    card = next(e.value for e in app.get("html") if "xt-parts" in str(e.value))
    numbers = [float(text.split("</b>")[0]) for text in card.split("<b>")[1:] if not text.startswith("—")]
    assert numbers[-1] == pytest.approx(expected[code], abs=0.06)
    assert sum(numbers[:-1]) == pytest.approx(numbers[-1], abs=0.05 * len(numbers))
    assert any("rank **1** of" in m.value for m in app.markdown)
    # Named by the address, it heads the table.
    assert ranking(app)["Rank"].iloc[0] == 1


def test_weights_by_hand_change_the_order_and_stand_in_the_address(open_page: Open) -> None:
    app = open_page("gaps", "en")
    equal = ranking(app)["Gap index"].tolist()
    app.segmented_control(key="gaps.method").set_value("hand").run()
    assert ranking(app)["Gap index"].tolist() == equal
    app.slider(key="gaps.weight.tap_water_rate").set_value(10.0).run()
    assert ranking(app)["Gap index"].tolist() != equal
    assert app.query_params["method"] == "hand"
    assert app.query_params["w"].startswith("10,5,5")


def test_no_weight_at_all_is_said(open_page: Open) -> None:
    nothing = ",".join("0" * len(usual_parts(AdminLevel.VILLAGE)))
    app = open_page("gaps", "zh", {"method": "hand", "w": nothing})
    assert not app.exception
    assert "权重须为非负数" in app.error[0].value.replace("\\", "")


def test_entropy_weights_and_another_scale_are_another_order(open_page: Open) -> None:
    orders = [
        tuple(ranking(open_page("gaps", "en", query))["Village"])
        for query in ({}, {"method": "entropy"}, {"scaling": "z_score"})
    ]
    assert len(set(orders)) == 3


def test_a_part_of_the_city_is_ranked_within_itself_on_the_citys_scale(
    open_page: Open, shown_city: sa.Engine
) -> None:
    table = ranking(open_page("gaps", "en", {"part": "441821"}))
    county = plainly(shown_city, "village").dropna()
    county = county[county.index.str.startswith("441821")].sort_values(ascending=False)
    np.testing.assert_allclose(table["Gap index"], county.round(1), atol=0.051)
    assert table["Rank"].iloc[0] == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nonsense_in_the_address_is_told_and_left_out(open_page: Open, lang: Lang) -> None:
    odd = {"level": "moon", "part": "1", "w": "x", "seed": "-1", "day": "2000-01-01", "by": "?", "code": "9"}
    app = open_page("gaps", lang, odd)
    said = [tr("map.bad_address", lang, name=name, value=value) for name, value in odd.items()]
    assert sorted(w.value.replace("\\", "") for w in app.warning) == sorted(said)
    assert len(ranking(app)) > 100


@pytest.mark.parametrize("colour", ["certainty", "moran", "getis_ord", "tap_water_rate"])
def test_every_colour_of_the_map(open_page: Open, colour: str) -> None:
    app = open_page("gaps", "en", {"by": colour})
    assert not app.exception
    assert [w.value for w in app.warning] == []


def test_too_few_places_for_clusters_is_said(open_page: Open) -> None:
    app = open_page("gaps", "en", {"by": "moran", "level": "county"})
    assert not app.exception
    assert "no spatial clusters" in app.warning[0].value


def test_people_short_are_counted_from_the_figures_behind_the_shares(
    open_page: Open, shown_city: sa.Engine
) -> None:
    app = open_page("gaps", "en")
    app.segmented_control(key="gaps.section").set_value("money").run()
    assert not app.exception
    summed = next(d.value for d in app.dataframe if "Assumption" in d.value.columns).set_index("Indicator")
    short = scalar(
        shown_city,
        "SELECT round(sum(greatest(0.99 - value, 0) * denominator)) FROM xiangtu.indicator_values "
        "WHERE indicator_id = 'tap_water_rate' AND level = 'village' AND scope = 'all'",
    )
    row = summed.loc[indicator("tap_water_rate").title.en]
    assert row["Short"] == pytest.approx(float(str(short)))
    # A connection at 1 500 yuan and 20 m of main at 160 000 yuan a km, in units of 10 000 yuan.
    assert row["Estimate (10,000 yuan)"] == pytest.approx(float(str(short)) * 0.47, rel=1e-3)


def test_two_places_beside_each_other(open_page: Open, shown_city: sa.Engine) -> None:
    app = open_page("gaps", "en", {"level": "county", "code": "441821000000"})
    app.segmented_control(key="gaps.section").set_value("compare").run()
    table = app.dataframe[-1].value.set_index("Indicator")
    rate = wide(shown_city, "county")["tap_water_rate"]
    assert table.loc["Tap-water rate"].iloc[1] == f"{rate['441821000000']:.1%}"
    app.segmented_control(key="gaps.compare").set_value("days").run()
    assert "is the only snapshot so far" in app.info[0].value


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_distribution_in_both_languages(open_page: Open, lang: Lang) -> None:
    app = open_page("gaps", lang, {"level": "township", "by": "tap_water_rate"})
    app.segmented_control(key="gaps.section").set_value("distribution").run()
    assert not app.exception
    known = tr("gaps.quarters", lang, known="", all="", low="", middle="", high="", unit="")[-12:-3]
    assert any(known[:3] in caption.value for caption in app.caption)


UNITS = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, village_type, parent_code, geom)
SELECT code, name, level, kind, type, parent,
       ST_Multi(ST_MakeEnvelope(113 + x * 0.1, 24, 113.1 + x * 0.1, 24.1, 4490)) FROM (VALUES
    ('441800000000', '清远市', 'city', 'city', NULL, NULL, 0),
    ('441881000000', '英德市', 'county', 'county', NULL, '441800000000', 0),
    ('441881001000', '英城街道', 'township', 'street', NULL, '441881000000', 0),
    ('441881103000', '西牛镇', 'township', 'town', NULL, '441881000000', 1),
    ('441881001001', '城北', 'village', 'community', 'suburban', '441881001000', 0),
    ('441881103201', '甲村', 'village', 'village', 'relocation', '441881103000', 1),
    ('441881103202', '乙村', 'village', 'village', 'other', '441881103000', 2),
    ('441881103203', '丙村', 'village', 'village', 'other', '441881103000', 3)
) AS v (code, name, level, kind, type, parent, x);
INSERT INTO feature.settlements (admin_code, settlement_no, name, households, population, geom)
SELECT code, code || k, '屋', households, households * 4, ST_SetSRID(ST_Point(113, 24), 4490)
FROM (VALUES ('441881001001', 90), ('441881103201', 80), ('441881103202', 3), ('441881103203', 70))
     AS v (code, households), generate_series(1, 5) AS k
"""
PARTS = {"parts": "tap_water_rate,ftth_household_share,people_in_4g_share"}


@pytest.fixture
def two_days(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    """Four villages on two days; 丙村 reports tap water only."""
    values = {
        dt.date(2024, 12, 31): {"441881001001": 0.9, "441881103201": 0.2, "441881103202": 0.5, "441881103203": 0.4},
        dt.date(2025, 6, 30): {"441881001001": 0.9, "441881103201": 0.1, "441881103202": 0.8, "441881103203": 0.4},
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(sa.text(UNITS))
        for day, tap in values.items():
            run = snapshots.start_run(connection, snapshots.Look(day, {}, 0, "", "whole"))
            rows = [
                _row(name, code, rate if name == "tap_water_rate" or code[-1] != "3" else None)
                for code, rate in tap.items()
                for name in PARTS["parts"].split(",")
            ]
            snapshots.replace(connection, day, pd.DataFrame(rows), PARTS["parts"].split(","), ["4418"])
            snapshots.finish_run(connection, run, "done", 1, 4, 0.1)
    show(monkeypatch, database)
    return database


def _row(name: str, code: str, value: float | None) -> dict[str, Any]:
    known = value is not None
    return {
        "indicator_id": name,
        "level": "village",
        "admin_code": code,
        "scope": "all",
        "value": value,
        "numerator": value * 100 if value is not None else None,
        "denominator": 100.0 if known else None,
        "with_data": int(known),
        "units": 1,
    }


def opened(**query: str) -> AppTest:
    app = AppTest.from_string(_SCRIPT.format(name="gaps", lang="en"), default_timeout=60)
    for name, value in {**PARTS, **query}.items():
        app.query_params[name] = value
    return app.run()


def test_missing_relocation_and_small_are_marked(two_days: sa.Engine) -> None:
    app = opened()
    table = ranking(app)
    assert dict(zip(table["Village"], table["Flags"], strict=True)) == {
        "甲村": "relocation",
        "乙村": "small",
        "城北": "",
    }
    assert [e.label for e in app.expander if e.label.startswith("Too")] == ["Too little data to rank: 1"]
    apart = next(d.value for d in app.dataframe if "Weight known" in d.value.columns)
    assert apart["Unit"].tolist() == ["丙村"]
    assert apart["Weight known"].tolist() == [33]


def test_streets_are_compared_apart(two_days: sa.Engine) -> None:
    assert ranking(opened(kind="town"))["Village"].tolist() == ["甲村", "乙村"]
    assert ranking(opened(kind="street"))["Village"].tolist() == ["城北"]


def test_a_past_day_and_the_change_between_two(two_days: sa.Engine) -> None:
    assert ranking(opened(day="2024-12-31"))["Village"].tolist() == ["甲村", "乙村", "城北"]
    app = opened(code="441881103202")
    app.segmented_control(key="gaps.section").set_value("compare").run()
    app.segmented_control(key="gaps.compare").set_value("days").run()
    assert not app.exception
    changed, counted = (d.value for d in app.dataframe[-2:])
    rate = changed.set_index("Indicator").loc["Tap-water rate"]
    assert (rate["2024-12-31"], rate["2025-06-30"], rate["The second is"]) == ("50.0%", "80.0%", "better")
    index = changed.set_index("Indicator").loc["Gap index"]
    assert index["The second is"] == "better"
    assert counted.set_index("Indicator").loc["Tap-water rate"].tolist() == [1, 2, 1, 0]
