"""Page of assistance: terms that end are told, telephones stay masked, incomes are set against the target."""

import datetime as dt
from collections.abc import Iterator

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang, tr
from layers import Role
from pages import formats
from pages.assistance_tables import below_table, is_stale, term_state, township_table
from store.embedded import Cluster
from tests.pages.desk import Desk, at_desk

TODAY = dt.date(2026, 6, 30)
_ROWS = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, level, kind, left(code, 9) || '000', ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490))
FROM (VALUES ('441881103201', '甲村', 'village', 'village'), ('441881103202', '乙村', 'village', 'village'),
             ('441881103203', '丙村', 'village', 'village')) AS v (code, name, level, kind);
INSERT INTO feature.township_seats (admin_code, name, geom) VALUES
    ('441881103000', '西牛镇人民政府', ST_SetSRID(ST_Point(113.05, 24.05), 4490));
INSERT INTO feature.assistance_teams (admin_code, team_no, lead_unit, phone, head_count, term_from, term_to) VALUES
    ('441881103000', 'BF1', '演示单位', '0763-1234567', 8, CURRENT_DATE - 700, CURRENT_DATE + 20);
INSERT INTO feature.assistance_assets (admin_code, asset_no, name, asset_kind, asset_state, cost_yuan, income_yuan,
    checked_on, geom) VALUES
    ('441881103201', 'Z1', '光伏电站', 'operating', 'in_use', 400000, 30000, CURRENT_DATE - 30,
     ST_SetSRID(ST_Point(113.05, 24.05), 4490)),
    ('441881103202', 'Z2', '冷库', 'operating', 'idle', 200000, NULL, NULL,
     ST_SetSRID(ST_Point(113.06, 24.05), 4490));
INSERT INTO feature.village_income (admin_code, income_year, income_yuan) VALUES
    ('441881103201', 2025, 180000), ('441881103202', 2025, 150000);
"""


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            connection.execute(sa.text(_ROWS))
        yield made


@pytest.mark.parametrize("lang", LANGUAGES)
def test_teams_assets_and_incomes(desk: Desk, lang: Lang) -> None:
    app = _open(desk, lang)
    assert _said(app, "overview.data_day", lang, day=formats.today().isoformat())
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("assistance.with_team", lang)] == "1"
    assert values[tr("assistance.expiring", lang)] == "1"
    assert values[tr("assistance.in_use", lang)] == "50.0%"
    assert values[tr("assistance.unchecked", lang)] == "1"
    assert values[tr("assistance.above", lang)] == "50.0%"
    assert values[tr("assistance.not_reported", lang)] == "1"
    teams = app.dataframe[0].value
    assert "1234567" not in teams.to_string()
    below = app.dataframe[3].value
    assert below[tr("assistance.column.village", lang)].tolist() == ["乙村", "丙村"]
    assert below[tr("assistance.column.gap", lang)].tolist()[0] == 0.0


def test_a_telephone_is_told_to_the_steward_for_a_reason_and_to_no_housing_officer(
    desk: Desk, database: sa.Engine
) -> None:
    text = 'import pages.assistance as shown\nshown.lang = lambda: "zh"\nshown.page()\n'
    desk.sign_in(desk.add("zhu", (Role.HOUSING_OFFICER, "4418")))
    housing = AppTest.from_string(text, default_timeout=60).run()
    assert tr("assistance.call", "zh") not in [box.label for box in housing.selectbox]
    desk.sign_in(desk.add("guan", (Role.DATA_STEWARD, "441881")))
    app = AppTest.from_string(text, default_timeout=60).run()
    app.selectbox(key="assistance.call").select_index(0).run()
    ask = next(button for button in app.button if button.label == tr("map.unmask_show", "zh"))
    ask.click().run()
    assert [error.value for error in app.error] == [tr("store.reason_needed", "zh")]
    reason = next(box for box in app.text_input if box.label == tr("map.unmask_reason", "zh"))
    reason.set_value("联系工作队核对资产")
    next(button for button in app.button if button.label == tr("map.unmask_show", "zh")).click().run()
    assert any("0763-1234567" in one.value.replace("\\", "") for one in app.markdown)
    with database.connect() as connection:
        noted = connection.execute(
            sa.text("SELECT account_name, object, reason FROM access.record WHERE action = 'unmasked'")
        ).all()
    assert [tuple(row) for row in noted] == [("guan", "assistance_teams", "联系工作队核对资产")]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_old_data_are_judged_by_their_own_day_and_what_is_past_by_now_is_marked(
    desk: Desk, lang: Lang
) -> None:
    day = formats.today() - dt.timedelta(days=100)
    with desk.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.indicator_runs (as_of, state, started_at, finished_at) "
                "VALUES (:day, 'done', now(), now())"
            ),
            {"day": day},
        )
        connection.execute(
            sa.text("UPDATE feature.assistance_teams SET term_to = :ends"),
            {"ends": day + dt.timedelta(days=50)},
        )
        connection.execute(
            sa.text("UPDATE feature.assistance_assets SET checked_on = :at WHERE asset_no = 'Z1'"),
            {"at": day - dt.timedelta(days=300)},
        )
    app = _open(desk, lang)
    assert _said(app, "overview.data_day", lang, day=day.isoformat())
    assert _said(app, "overview.old", lang, days=100)
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("assistance.with_team", lang)] == "1"
    assert values[tr("assistance.expiring", lang)] == "1", "it had fifty days to go"
    assert values[tr("assistance.expired", lang)] == "0"
    assert values[tr("assistance.unchecked", lang)] == "1", "the one that never was"
    terms = app.dataframe[0].value[tr("assistance.column.term", lang)].tolist()
    assert terms == [f"{tr('assistance.term_soon', lang)} · {tr('assistance.ended_since', lang)}"]
    checks = app.dataframe[1].value[tr("assistance.column.stale", lang)].tolist()
    assert checks == [tr("assistance.stale_since", lang), tr("assistance.stale", lang)]
    assert _said(app, "assistance.teams_since", lang, number=1, day=day.isoformat())
    assert _said(app, "assistance.assets_since", lang, number=1, day=day.isoformat())


def test_tables_lead_to_the_dossiers(desk: Desk) -> None:
    app = _open(desk)
    teams, assets, towns, below = (frame.value["link"].tolist() for frame in app.dataframe)
    assert teams == towns == ["/dossier?code=441881103000"]
    assert assets == ["/dossier?code=441881103201", "/dossier?code=441881103202"]
    assert below == ["/dossier?code=441881103202", "/dossier?code=441881103203"]


def _open(desk: Desk, lang: Lang = "zh") -> AppTest:
    desk.sign_in(desk.add("kan", (Role.LEADER, "4418")))
    text = f'import pages.assistance as shown\nshown.lang = lambda: "{lang}"\nshown.page()\n'
    app = AppTest.from_string(text, default_timeout=60).run()
    assert not app.exception
    return app


def _said(app: AppTest, key: str, lang: Lang, **given: object) -> bool:
    return any(tr(key, lang, **given) in one.value.replace("\\", "") for one in app.caption)


def _team(begun: int, ends: int, number: str | None = "BF1") -> "pd.Series[object]":
    days = {"term_from": TODAY + dt.timedelta(begun), "term_to": TODAY + dt.timedelta(ends)}
    return pd.Series({"team_no": number, **days}, dtype=object)


def test_terms() -> None:
    assert term_state(_team(-100, 91), TODAY) == "serving"
    assert term_state(_team(-100, 90), TODAY) == term_state(_team(-100, 0), TODAY) == "soon"
    assert term_state(_team(-100, -1), TODAY) == "over"
    assert term_state(_team(1, 900), TODAY) == "coming"
    assert term_state(_team(0, 0, None), TODAY) == "none"


def test_checks() -> None:
    assert is_stale(None, TODAY)
    assert is_stale(dt.date(2025, 6, 29), TODAY)
    assert not is_stale(dt.date(2025, 6, 30), TODAY)


def test_townships_by_their_share() -> None:
    incomes = pd.DataFrame(
        {
            "admin_code": list("abcd"),
            "village": list("甲乙丙丁"),
            "county": "英德市",
            "township": ["一镇", "一镇", "二镇", "二镇"],
            "township_code": ["1", "1", "2", "2"],
            "income_year": [2025, 2025, 2025, None],
            "income_yuan": [200_000.0, 100_000.0, 160_000.0, float("nan")],
            "operating_yuan": [None, None, None, None],
        }
    ).astype({"operating_yuan": float})
    table = township_table(incomes, "zh")
    assert table["乡镇（街道）"].tolist() == ["一镇", "二镇"]
    assert table["达标比例"].tolist() == [50.0, 100.0]
    assert table["未达标"].tolist() == [1, 0]
    assert below_table(incomes, "zh")["差额（万元）"].tolist()[0] == 5.0
    assert formats.missing(below_table(incomes, "zh")["差额（万元）"].tolist()[1])
