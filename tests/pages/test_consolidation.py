"""Page of consolidation: acceptance by who may, sums that fit, savings traced to their parcel; as people see it."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import pandas as pd
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from analysis import quota
from i18n import LANGUAGES, Lang, tr
from layers import Role
from layers.codes import ParcelUse, QuotaKind
from pages.consolidation_sums import row_order
from pages.consolidation_tables import balance_findings, class_table, use_table
from store.embedded import Cluster
from store.land import ledger
from tests.pages.desk import Desk, at_desk

COUNTY, TOWN = "441881000000", "441881103000"
_ROWS = """
INSERT INTO feature.consolidation_projects (admin_code, project_no, name, project_kind, state, stated_area_mu, area_m2,
    new_farmland_mu, saved_quota_mu, progress_percent, synthetic, geom)
SELECT code, no, name, 'linked_quota', state, 120, 80000, 30, saved, 60, true,
    ST_Multi(ST_MakeEnvelope(113.01, 24.01, 113.02, 24.02, 4490))
FROM (VALUES ('441881103000', 'ZZ1', '西牛拆旧复垦', 'under_way', 20), ('441881103000', 'ZZ2', '*粗*体', 'proposed', 5),
             ('441821000000', 'ZZ3', '佛冈项目', 'accepted', 7)) AS v (code, no, name, state, saved);
INSERT INTO feature.consolidation_classes (admin_code, project_no, land_class, before_mu, after_mu, synthetic) VALUES
    ('441881103000', 'ZZ1', '0702', 50, 0, true), ('441881103000', 'ZZ1', '0101', 70, 100, true),
    ('441881103000', 'ZZ1', '0301', NULL, 20, true);
"""


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            connection.execute(sa.text(_ROWS))
        yield made


def _open(desk: Desk, project: str | None = None, lang: Lang = "zh") -> AppTest:
    app = AppTest.from_string(
        f"""
import pages.consolidation as shown
import pages.consolidation_card
shown.lang = lambda: "{lang}"
shown.page()
""",
        default_timeout=60,
    )
    if project is not None:
        app.query_params["project"] = project
    return app.run()


def _reviewer(desk: Desk, prefix: str = "441881") -> None:
    desk.sign_in(desk.add("shen", (Role.LAND_REVIEWER, prefix)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_projects_and_sums(desk: Desk, lang: Lang) -> None:
    _reviewer(desk)
    app = _open(desk, lang=lang)
    assert not app.exception
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("consolidation.number", lang)] == "3"
    assert values[tr("consolidation.area", lang)] == "360"
    assert values[tr("consolidation.posted", lang)] == "0"
    assert any("1" in warning.value for warning in app.warning)
    table = app.dataframe[0].value
    assert list(table[tr("consolidation.column.number", lang)]) == ["ZZ3", "ZZ1", "ZZ2"]


def test_a_reviewer_accepts_and_the_ledger_has_it(desk: Desk) -> None:
    _reviewer(desk)
    app = _open(desk, "ZZ1")
    assert not app.exception
    app.date_input(key="consolidation.day.ZZ1").set_value(dt.date(2026, 3, 1))
    app.number_input(key="consolidation.posted.ZZ1").set_value(18.25)
    app.text_input(key="consolidation.reference.ZZ1").set_value("英自然资验〔2026〕1 号")
    (button,) = [one for one in app.button if one.label == tr("consolidation.accept_button", "zh")]
    button.click().run()
    assert not app.exception
    assert [one.value for one in app.error] == []
    values = {metric.label: metric.value for metric in app.metric}
    assert values[tr("consolidation.posted", "zh")] == "18.2"
    assert values[tr("consolidation.accepted_farmland", "zh")] == "30"
    with desk.owner.connect() as connection:
        held = ledger.balances(connection, "441881103")
    assert held[["kind", "bucket", "lot", "amount_mu"]].to_numpy().tolist() == [
        ["farmland", "available", "ZZ1", Decimal(30)],
        ["saved", "available", "ZZ1", Decimal("18.25")],
    ]
    assert "consolidation_accepted" in desk.recorded()
    assert any("西牛拆旧复垦" in one.value for one in app.success)


def test_each_sum_lists_its_projects_and_each_row_of_the_totals(desk: Desk) -> None:
    _reviewer(desk)
    app = _open(desk, "ZZ1")
    next(one for one in app.button if one.label == tr("consolidation.accept_button", "zh")).click().run()
    app = _open(desk)
    values = {metric.label: metric.value for metric in app.metric}
    for name, column in (("area", "area"), ("posted", "posted"), ("left", "left")):
        next(one for one in app.button if one.key == f"consolidation.open.{name}").click().run()
        assert not app.exception
        wanted = float(values[tr(f"consolidation.{name}", "zh")].replace(",", ""))
        listed = app.dataframe[0].value
        assert listed[tr(f"consolidation.column.{column}", "zh")].sum() == pytest.approx(wanted, abs=0.05)
        assert wanted and (name == "area" or len(listed) == 1)
    assert row_order(pd.DataFrame({"x": ["b", "a", "b"]}), "x") == ["a", "b"]


def test_more_than_the_project_is_told_and_nothing_posted(desk: Desk) -> None:
    _reviewer(desk)
    app = _open(desk, "ZZ1")
    app.number_input(key="consolidation.posted.ZZ1").set_value(130.0)
    (button,) = [one for one in app.button if one.label == tr("consolidation.accept_button", "zh")]
    button.click().run()
    assert any("120" in one.value for one in app.error)
    with desk.owner.connect() as connection:
        assert ledger.balances(connection).empty


@pytest.mark.parametrize(("role", "prefix"), [(Role.CLERK, "441881103"), (Role.LAND_REVIEWER, "441821")])
def test_others_are_offered_no_form(desk: Desk, role: Role, prefix: str) -> None:
    desk.sign_in(desk.add("kan", (role, prefix)))
    app = _open(desk, "ZZ1")
    assert not app.exception
    assert not app.date_input
    assert tr("consolidation.accepted_by_county", "zh") in [one.value for one in app.caption]


def test_a_project_that_is_only_proposed_says_why_not(desk: Desk) -> None:
    _reviewer(desk)
    app = _open(desk, "ZZ2")
    assert not app.date_input
    assert any("申报" in one.value and "\\*粗\\*体" in one.value for one in app.info)


def test_uses_by_share_with_reasons(desk: Desk) -> None:
    _reviewer(desk)
    app = _open(desk, "ZZ1")
    (button,) = [one for one in app.button if one.label == tr("consolidation.accept_button", "zh")]
    button.click().run()
    day = dt.datetime.now(dt.timezone(dt.timedelta(hours=8))).date()
    with desk.owner.begin() as connection:
        for use, amount, reason in ((ParcelUse.INDUSTRY, 6, ""), (ParcelUse.URBAN, 2, "县城安置房")):
            posting = quota.allotted(
                QuotaKind.SAVED, TOWN, f"P-{use}", Decimal(amount), day, use, lot="ZZ1", reason=reason
            )
            ledger.post(connection, posting, by="测试", part_of=ledger.PartOf.OPENING)
    app = _open(desk)
    shares, traced = (
        frame.value for frame in app.dataframe if tr("consolidation.column.use", "zh") in frame.value.columns
    )
    share = dict(zip(shares["用途"], shares["占比（%）"], strict=True))
    assert share["村庄建设和乡村产业小计"] == 75.0
    assert share["城镇建设"] == 25.0
    assert share["合计"] == 100.0
    assert traced["理由"].dropna().tolist() == ["县城安置房"]


def test_classes_balance_to_the_area() -> None:
    classes = pd.DataFrame(
        {"project_no": "Z", "land_class": ["0101", "0702"], "before_mu": [70.0, 50], "after_mu": [100.0, 20]}
    )
    table = class_table(classes, "zh")
    assert table["增减（亩）"].tolist() == [30.0, -30.0, 0.0]
    project = pd.Series({"stated_area_mu": 120.0, "new_farmland_mu": 30.0})
    assert balance_findings(project, classes, "zh") == []
    classes.loc[1, "after_mu"] = 19.0
    assert len(balance_findings(project, classes, "zh")) == 2
    project["new_farmland_mu"] = 12
    assert len(balance_findings(project, classes, "en")) == 3


def test_unknown_uses_are_named() -> None:
    uses = pd.DataFrame({"purpose": [None, "village"], "amount_mu": [Decimal(1), Decimal(3)]})
    table = use_table(uses, "zh")
    assert table["面积（亩）"].tolist() == [3.0, 0.0, 3.0, 1.0, 4.0]
