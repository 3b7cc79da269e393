"""Page of assessment: rules saved, an assessment frozen, a score objected to and answered; as people see it."""

import datetime as dt
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from i18n import LANGUAGES, Lang, tr
from layers import Role, all_indicators
from pipelines.progress.default_rules import default_rules
from store.embedded import Cluster
from store.progress.assessment_rules import add_rules
from store.progress.assessments import NewAssessment, freeze
from tests.pages.desk import Desk, at_desk

DAY = dt.date(2026, 6, 30)
FAR = dt.date(2126, 1, 1)
TOWNS = {"441881103000": 0.95, "441881104000": 0.8, "441821100000": None}
_PLACES = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, 'township', 'town', left(code, 6) || '000000', ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490))
FROM (VALUES ('441881104000', '浛洸*镇'), ('441821100000', '石角镇')) AS v (code, name);
INSERT INTO xiangtu.indicator_runs (as_of, finished_at, state, data_versions, program)
VALUES ('2026-06-30', now(), 'done', '{"water_works": 3}', 'digest of the program');
"""


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            connection.execute(sa.text(_PLACES))
            for code, value in TOWNS.items():
                for one in all_indicators():
                    connection.execute(
                        sa.text(
                            "INSERT INTO xiangtu.indicator_values (indicator_id, as_of, level, admin_code, scope, "
                            "value, with_data, units) VALUES (:id, :day, 'township', :code, 'all', :value, 3, 4)"
                        ),
                        {"id": one.id, "day": DAY, "code": code, "value": value},
                    )
        yield made


def _open(lang: Lang = "zh", **query: str) -> AppTest:
    app = AppTest.from_string(
        f'import pages.assessment as shown\nshown.lang = lambda: "{lang}"\nshown.page()\n', default_timeout=60
    )
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def _press(app: AppTest, key: str) -> AppTest:
    (button,) = [one for one in app.button if one.label == tr(key, "zh")]
    return button.click().run()


def _frozen(desk: Desk, until: dt.date = FAR) -> int:
    with desk.owner.begin() as connection:
        rules = add_rules(connection, "参考规则", default_rules("zh"), by="测试")
        return freeze(connection, NewAssessment("上半年", DAY, rules, until), by="测试")


def test_rules_are_saved_and_an_assessment_frozen_on_the_page(desk: Desk) -> None:
    desk.sign_in(desk.add("gui", (Role.PLANNER, "4418")))
    app = _open()
    assert not app.exception
    (name,) = [one for one in app.text_input if one.label == tr("assessment.rules_name", "zh")]
    name.set_value("2026 年规则")
    app = _press(app, "assessment.save_rules")
    assert not app.exception
    assert any("2026 年规则" in one.value for one in app.success)
    (name,) = [one for one in app.text_input if one.label == tr("assessment.name", "zh")]
    name.set_value("2026 年上半年")
    app = _press(app, "assessment.freeze_button")
    assert not app.exception
    assert [one.value for one in app.error] == []
    ranks = next(f.value for f in app.dataframe if tr("assessment.column.rank", "zh") in f.value.columns)
    assert ranks["乡镇（街道）"].tolist() == ["西牛镇", "浛洸*镇", "石角镇"]
    assert ranks["名次"].tolist()[:2] == [1, 2]
    assert ranks["总分"].isna().tolist() == [False, False, True]
    assert {"assessment_ruled", "assessment_frozen"} <= set(desk.recorded())
    assert any(tr("assessment.unconfirmed", "zh") == one.value for one in app.warning)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_township_sees_where_its_points_come_from(desk: Desk, lang: Lang) -> None:
    _frozen(desk)
    desk.sign_in(desk.add("kan", (Role.LEADER, "4418")))
    app = _open(lang, town="441881104000")
    assert not app.exception
    items = app.dataframe[1].value
    assert len(items) == len(default_rules(lang).items)
    assert items[tr("assessment.column.value", lang)].tolist()[0] == "80.0%"
    assert items[tr("assessment.column.scale", lang)].tolist()[0] == "70% → 99%"
    assert items[tr("assessment.column.score", lang)].tolist()[0] == pytest.approx(10 * 0.1 / 0.29, abs=1e-3)
    assert not [one for one in app.button if one.label == tr("assessment.object_button", lang)]


def test_an_objection_goes_its_way(desk: Desk) -> None:
    _frozen(desk)
    desk.add("gui", (Role.PLANNER, "4418"))
    desk.sign_in(desk.add("zhen", (Role.CLERK, "441881104")))
    app = _open(town="441881104000")
    app.text_area(key="assessment.reason.441881104000").set_value("漏报 12 户自来水")
    app = _press(app, "assessment.object_button")
    assert [one.value for one in app.error] == []
    desk.sign_in(desk.account("gui"))
    app = _open()
    (verdict,) = [one for one in app.radio if one.label == tr("assessment.verdict", "zh")]
    verdict.set_value("accepted")
    (score,) = [one for one in app.number_input if str(one.key).startswith("assessment.score.")]
    score.set_value(9.5)
    (reason,) = [one for one in app.text_input if str(one.key).startswith("assessment.answer_reason.")]
    reason.set_value("经核属实")
    app = _press(app, "assessment.answer_button")
    assert [one.value for one in app.error] == []
    assert any("9.50" in one.value.replace("\\", "") for one in app.success)
    app = _open(town="441881104000")
    first = app.dataframe[1].value.iloc[0]
    assert first["现得分"] == 9.5
    assert first["冻结得分"] != 9.5
    assert first["依据"] == tr("assessment.basis_objection", "zh")


def test_a_clerk_elsewhere_or_too_late_has_no_form(desk: Desk) -> None:
    with desk.owner.begin() as connection:
        rules = add_rules(connection, "参考规则", default_rules("zh"), by="测试")
        freeze(connection, NewAssessment("已过期", DAY, rules, DAY), by="测试")
    desk.sign_in(desk.add("zhen", (Role.CLERK, "441881104")))
    other = _open(town="441881103000")
    assert not [one for one in other.button if one.label == tr("assessment.object_button", "zh")]
    assert not other.exception
