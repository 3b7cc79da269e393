"""进度填报 and 进度核查: what is due, the form with its draft, receipts and corrections, the county's inbox."""

import datetime as dt
import uuid
from collections.abc import Iterator
from decimal import Decimal

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

import pages.report
from analysis.progress.signs import SignKind
from base.settings import settings
from i18n import tr
from layers import Role
from pages.formats import today
from pages.report_check import months_to, waiting_table
from pages.report_signs import signs_of
from pages.report_words import compared, percent
from pages.tracking_signs import kind_words
from pipelines.progress.photo import read_photo
from store.embedded import Cluster
from store.engine import changing, reading
from store.progress import drafts, reports
from store.progress.due import Stage, asked_month, due, last_day
from store.progress.inbox import waiting
from tests.pages.conftest import _SCRIPT
from tests.pages.desk import Desk, at_desk
from tests.photographed import photo
from tests.reported import COUNTY, PLACE, TOWN, VILLAGE, new_report, put_project

_PLACES = """
INSERT INTO feature.admin_units (admin_code, name, level, kind, parent_code, geom)
SELECT code, name, level, kind, parent, ST_Multi(ST_MakeEnvelope(113.4, 23.8, 113.6, 24, 4490)) FROM (VALUES
    ('441821100000', '石角镇', 'township', 'town', '441821000000'),
    ('441821100201', '里水村委会', 'village', 'village', '441821100000')
) AS v (code, name, level, kind, parent)
"""
LAST_MONTH = reports.month_of(reports.month_of(today()) - dt.timedelta(days=1))


@pytest.fixture
def desk(cluster: Cluster, database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    with at_desk(cluster, database, monkeypatch) as made:
        with database.begin() as connection:
            connection.execute(sa.text(_PLACES))
        # The month that is asked for does not depend on the day on which the tests run.
        monkeypatch.setattr(pages.report, "asked_month", lambda day, until: LAST_MONTH)
        yield made


@pytest.fixture
def project(desk: Desk) -> int:
    with desk.owner.begin() as connection:
        return put_project(connection, start=LAST_MONTH - dt.timedelta(days=200))


def _sit(desk: Desk, name: str, role: Role, prefix: str) -> None:
    if name in desk.secrets:
        desk.acting = desk.secrets[name]
    else:
        desk.sign_in(desk.add(name, (role, prefix)))


def _clerk(desk: Desk) -> None:
    _sit(desk, "clerk", Role.CLERK, TOWN)


def _county(desk: Desk) -> None:
    _sit(desk, "county", Role.PLANNER, COUNTY)


def _code(desk: Desk, project: int) -> str:
    with desk.owner.connect() as connection:
        return str(
            connection.execute(
                sa.text("SELECT code FROM xiangtu.projects WHERE id = :p"), {"p": project}
            ).scalar_one()
        )


def _open(name: str, lang: str = "zh", **query: str) -> AppTest:
    app = AppTest.from_string(_SCRIPT.format(name=name, lang=lang), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app = app.run()
    assert not app.exception
    return app


def _form(desk: Desk, project: int) -> AppTest:
    return _open("report", project=_code(desk, project), month=f"{LAST_MONTH:%Y-%m}")


def _by(elements: object, ending: str):
    return next(one for one in elements if one.key and one.key.endswith(ending))  # type: ignore[attr-defined]


def _tell(app: AppTest, value: float) -> None:
    """Give the percent, to a decimal where the slider has none."""
    if value % 1:
        _by(app.toggle, ".exact").set_value(True).run()
        _by(app.number_input, ".percent").set_value(value)
    else:
        _by(app.slider, ".slide").set_value(int(value))


def _texts(app: AppTest) -> str:
    blocks = [*app.markdown, *app.caption, *app.info, *app.success, *app.warning, *app.error]
    return "\n".join(str(one.value).replace("\\", "") for one in blocks)


def _all(desk: Desk) -> list[reports.Report]:
    with desk.owner.connect() as connection:
        return reports.reports(connection)


def _hand_in(desk: Desk, project: int, value: object = 20, **given: object) -> int:
    with changing() as connection:
        new = new_report(project, value, **{"period": LAST_MONTH, **given})
        return reports.submit(connection, new).report_id


def test_the_list_says_what_is_due_and_leads_to_the_form(desk: Desk, project: int) -> None:
    with desk.owner.begin() as connection:
        put_project(connection, name="储备项目", state="planned")
        put_project(connection, "441826100201", name="别处的项目", place=(112.3, 24.7))
    _clerk(desk)
    app = _open("report")
    said = _texts(app)
    assert "进村道路" in said and "石角镇里水村委会" in said and tr("reporting.stage_to_do", "zh") in said
    assert "储备项目" not in said and "别处的项目" not in said
    assert app.selectbox(key="report.month").value == LAST_MONTH
    app = _by(app.button, f"report.open.{project}").click().run()
    assert app.query_params["project"] == _code(desk, project)
    assert app.query_params["month"] == f"{LAST_MONTH:%Y-%m}"


def test_each_change_is_kept_on_the_server_and_comes_back(desk: Desk, project: int) -> None:
    _clerk(desk)
    app = _form(desk, project)
    _tell(app, 37.5)
    _by(app.number_input, ".paid").set_value(12.3456)
    _by(app.checkbox, ".milestone.1").check()
    _by(app.text_area, ".note").set_value("路基完成一半")
    app = app.run()
    assert not app.exception
    assert "草稿" in _texts(app) and "123,456 元" in _texts(app) and "12%" in _texts(app)
    # Another browser, another session of the same account: what was typed is there.
    again = _form(desk, project)
    assert _by(again.number_input, ".percent").value == 37.5
    assert _by(again.text_area, ".note").value == "路基完成一半"
    assert _by(again.checkbox, ".milestone.1").value is True
    assert _by(again.number_input, ".paid").value == pytest.approx(12.3456)
    assert "有未提交的草稿" in _texts(_open("report"))


def test_a_report_is_handed_in_with_a_receipt_and_a_second_tab_hands_in_nothing(
    desk: Desk, project: int
) -> None:
    _clerk(desk)
    app, other_tab = _form(desk, project), _form(desk, project)
    _tell(app, 40.0)
    app = _by(app.run().button, ".submit").click().run()
    assert not app.exception
    (kept,) = _all(desk)
    assert (kept.percent, kept.period, kept.reported_by) == (Decimal(40), LAST_MONTH, "clerk 某")
    assert f"编号 {kept.id}" in _texts(app) and f"第 {kept.id} 号" in _texts(app)
    other_tab = _by(other_tab.button, ".submit").click().run()
    assert not other_tab.exception
    assert [one.id for one in _all(desk)] == [kept.id]
    assert f"第 {kept.id} 号" in _texts(other_tab)
    assert tr("reporting.stage_waiting", "zh") in _texts(_open("report"))


def test_a_fall_asks_for_its_reason(desk: Desk, project: int) -> None:
    _clerk(desk)
    earlier = reports.month_of(LAST_MONTH - dt.timedelta(days=1))
    _hand_in(desk, project, 50, period=earlier)
    app = _form(desk, project)
    assert _by(app.slider, ".slide").value == 50
    _tell(app, 45.0)
    app = app.run()
    assert "请填写下降原因" in _texts(app)
    app = _by(app.button, ".submit").click().run()
    assert "低于" in app.error[0].value and len(_all(desk)) == 1
    _by(app.text_area, ".reason").set_value("返工重做")
    app = _by(app.run().button, ".submit").click().run()
    assert not app.exception and len(_all(desk)) == 2


def test_photos_are_kept_with_the_draft_and_handed_in(desk: Desk, project: int) -> None:
    _clerk(desk)
    _form(desk, project)
    with changing() as connection:
        draft = drafts.draft(connection, project, LAST_MONTH)
        assert draft is not None
        drafts.add_photo(connection, draft, read_photo("一.jpg", photo(1, at=PLACE)))
        drafts.add_photo(connection, draft, read_photo("二.jpg", photo(2)))
    app = _form(desk, project)
    said = _texts(app)
    assert tr("reporting.photo_placed", "zh") in said and tr("reporting.photo_unplaced", "zh") in said
    app = next(b for b in app.button if (b.key or "").startswith("report.photo.out.")).click().run()
    app = _by(app.button, ".submit").click().run()
    assert not app.exception
    assert [one.photos for one in _all(desk)] == [1]


def test_what_was_sent_back_is_on_top_and_is_mended_with_its_photos(desk: Desk, project: int) -> None:
    _clerk(desk)
    with changing() as connection:
        new = new_report(project, 20, period=LAST_MONTH)
        first = reports.submit(connection, new, [read_photo("a.jpg", photo(1, at=PLACE))]).report_id
    _county(desk)
    with changing() as connection:
        reports.check(connection, first, "returned", "进度与照片不符")
    _clerk(desk)
    assert "县级退回：进度与照片不符" in _texts(_open("report"))
    app = _form(desk, project)
    assert "进度与照片不符" in app.error[0].value.replace("\\", "")
    assert _by(app.slider, ".slide").value == 20
    _tell(app, 15.0)
    app = _by(app.run().button, ".submit").click().run()
    assert not app.exception
    old, new_one = _all(desk)
    assert (new_one.supersedes, old.superseded_by, new_one.photos) == (first, new_one.id, 1)


def test_an_accepted_report_is_corrected_by_another(desk: Desk, project: int) -> None:
    _clerk(desk)
    first = _hand_in(desk, project)
    _county(desk)
    with changing() as connection:
        reports.check(connection, first, "accepted")
    _clerk(desk)
    app = _form(desk, project)
    assert tr("reporting.stage_accepted", "zh") in _texts(app)
    app = app.button(key="report.correct").click().run()
    app = _by(app.button, ".submit").click().run()
    assert not app.exception
    assert _all(desk)[-1].supersedes == first


def test_a_draft_that_somebody_overtook_becomes_a_correction_or_goes(desk: Desk, project: int) -> None:
    _clerk(desk)
    app = _form(desk, project)
    _tell(app, 33.0)
    app.run()
    _sit(desk, "colleague", Role.CLERK, TOWN)
    pictures = [read_photo(f"{n}.jpg", photo(n, at=PLACE, size=(320, 240))) for n in (1, 2)]
    with changing() as connection:
        theirs = reports.submit(connection, new_report(project, 20, period=LAST_MONTH), pictures).report_id
    _clerk(desk)
    listed = _texts(_open("report"))
    assert "colleague 某 已报本月" in listed and f"第 {theirs} 号" in listed
    app = _form(desk, project)
    assert f"第 {theirs} 号" in _texts(app) and "colleague 某" in _texts(app)
    assert "33%" in str(app.table[0].value.to_dict()) and "20%" in str(app.table[0].value.to_dict())
    app = app.button(key="report.mine").click().run()
    app = _by(app.button, ".submit").click().run()
    assert not app.exception
    mine = _all(desk)[-1]
    assert (mine.supersedes, mine.percent) == (theirs, Decimal(33))
    assert mine.photos == 2, "the correction keeps the photos of what it corrects"
    app = app.button(key="report.correct").click().run()
    _sit(desk, "colleague", Role.CLERK, TOWN)
    again = _hand_in(desk, project, 34, supersedes=mine.id)
    _clerk(desk)
    app = _form(desk, project).button(key="report.theirs").click().run()
    assert not app.exception and f"月报第 {again} 号" in _texts(app)


def test_a_draft_can_be_thrown_away(desk: Desk, project: int) -> None:
    _clerk(desk)
    app = _form(desk, project)
    app = _by(app.button, ".drop").click().run()
    assert not app.exception
    with reading() as connection:
        assert drafts.drafts(connection) == []


def test_addresses_of_others_and_of_nothing_are_told(desk: Desk, project: int) -> None:
    with desk.owner.begin() as connection:
        foreign = put_project(connection, "441826100201", place=(112.3, 24.7))
    _clerk(desk)
    assert tr("reporting.not_yours", "zh") in _texts(_open("report", project=_code(desk, foreign)))
    assert "项目库里没有" in _texts(_open("report", project="XM-0"))
    for month in ("2026-13", "9999-01", "<b>"):
        app = _open("report", project=_code(desk, project), month=month)
        assert _by(app.button, ".submit")
    for number in ("0", "-1", "x", "9" * 30):
        assert "没有编号为" in _texts(_open("report_check", report=number))


def test_the_county_goes_through_its_inbox(desk: Desk, project: int) -> None:
    _clerk(desk)
    first = _hand_in(desk, project)
    with desk.owner.begin() as connection:
        second_project = put_project(connection, name="供水管网", start=dt.date(2026, 1, 1))
    second = _hand_in(desk, second_project, 30)
    _county(desk)
    app = _open("report_check")
    assert "第 1 份，共 2 份" in _texts(app) and "进村道路" in _texts(app)
    app = app.button(key="report_check.return").click().run()
    assert "要写明理由" in app.error[0].value
    app = app.text_area(key=f"report_check.remark.{first}").set_value("缺照片").run()
    app = app.button(key="report_check.return").click().run()
    assert not app.exception
    assert "已退回" in app.success[0].value
    app = app.button(key="report_check.accept").click().run()
    assert not app.exception
    said = {one.id: one.check.verdict for one in _all(desk) if one.check is not None}
    assert said == {first: "returned", second: "accepted"}
    assert tr("reporting.nothing_waits", "zh") in _texts(app)


def test_readers_open_a_report_with_its_chain(desk: Desk, project: int) -> None:
    _clerk(desk)
    with changing() as connection:
        new = new_report(project, 20, period=LAST_MONTH, note="<img src=x onerror=alert(1)> *星号*")
        first = reports.submit(connection, new, [read_photo("远.jpg", photo(1, at=(113.6, 24.0)))]).report_id
    second = _hand_in(desk, project, 22, supersedes=first)
    _sit(desk, "leader", Role.LEADER, "4418")
    app = _open("report_check", report=str(first))
    assert f"已由第 {second} 号更正" in _texts(app)
    assert not [b for b in app.button if b.key == "report_check.accept"]
    app = _open("report_check", "en", report=str(second))
    assert "No." in _texts(app)
    with reading() as connection:
        assert tr("pages.report_check.title", "zh") == _open("report_check").title[0].value


def test_a_project_leads_to_its_newest_report(desk: Desk, project: int) -> None:
    _sit(desk, "leader", Role.LEADER, "4418")
    code = _code(desk, project)
    assert tr("reporting.none_of_project", "zh") in [
        one.value for one in _open("report_check", project=code).info
    ]
    assert "项目库里没有" in _texts(_open("report_check", project="XM-0"))
    _clerk(desk)
    first = _hand_in(desk, project)
    second = _hand_in(desk, project, 22, supersedes=first)
    _sit(desk, "leader", Role.LEADER, "4418")
    app = _open("report_check", project=code)
    assert not app.exception
    assert f"第 {second} 号" in _texts(app)
    app.button(key="report_check.list").click().run()
    assert "project" not in app.query_params


def test_readers_begin_with_the_last_month_that_was_reported_of(desk: Desk, project: int) -> None:
    _clerk(desk)
    with changing() as connection:
        reports.submit(connection, new_report(project, 20, period=LAST_MONTH), [])
    _sit(desk, "leader", Role.LEADER, "4418")
    app = _open("report_check")
    assert not app.exception
    assert app.selectbox(key="report_check.month").value == LAST_MONTH
    assert len(app.dataframe[0].value) == 1
    today = dt.date(2026, 11, 29)
    for usual, last in (
        (dt.date(2026, 11, 1), dt.date(2025, 12, 1)),
        (dt.date(2025, 6, 1), dt.date(2024, 7, 1)),
    ):
        months = months_to(today, usual)
        assert months[0] == dt.date(2026, 11, 1) and months[-1] == last and usual in months


def test_the_inbox_says_what_stands_out(desk: Desk, project: int) -> None:
    with desk.owner.begin() as connection:
        other = put_project(connection, name="供水管网", start=dt.date(2026, 1, 1))
    _clerk(desk)
    for one, given_ in ((project, {}), (other, {"fall_reason": "返工"})):
        with changing() as connection:
            reports.submit(
                connection,
                new_report(one, 20, period=LAST_MONTH, note="路基完成并通过了村民代表验收", **given_),
                [read_photo("远.jpg", photo(7, at=(113.6, 24.0)))],
            )
    _county(desk)
    with reading() as connection:
        held = waiting(connection, COUNTY)
        found, titles = signs_of(connection, [(one.report, one.first_at) for one in held])
    assert all(one.farthest_m is not None and one.farthest_m > 10_000 for one in held)
    kinds = {number: {one.kind for one in of} for number, of in found.items()}
    assert SignKind.COPIED in kinds[held[1].report.id] and titles[other] == "供水管网"
    table = waiting_table(held, {held[1].report.id}, found, "zh")
    first, second = table[tr("reporting.doubts", "zh")]
    assert "照片离项目" in first and "重复" not in first
    assert "重复" in second and kind_words(SignKind.COPIED, "zh") in second


def test_months_that_are_asked_for() -> None:
    assert asked_month(dt.date(2026, 12, 5), 5) == dt.date(2026, 11, 1)
    assert asked_month(dt.date(2026, 12, 6), 5) == dt.date(2026, 12, 1)
    assert asked_month(dt.date(2027, 1, 1), 5) == dt.date(2026, 12, 1)
    assert last_day(dt.date(2026, 11, 1), 5) == dt.date(2026, 12, 5)
    assert settings().report_until_day == 5


def test_due_stages_follow_the_chain(desk: Desk, project: int) -> None:
    def stage() -> Stage:
        with reading() as connection:
            (one,) = due(connection, VILLAGE, LAST_MONTH)
        return one.stage

    _clerk(desk)
    assert stage() is Stage.TO_DO
    first = _hand_in(desk, project)
    assert stage() is Stage.WAITING
    _county(desk)
    with changing() as connection:
        reports.check(connection, first, "returned", "缺照片")
    assert stage() is Stage.RETURNED
    _clerk(desk)
    second = _hand_in(desk, project, supersedes=first)
    assert stage() is Stage.WAITING
    _county(desk)
    with changing() as connection:
        reports.check(connection, second, "accepted")
    assert stage() is Stage.ACCEPTED


def test_a_project_that_ended_is_asked_for_up_to_its_end_and_then_told(desk: Desk) -> None:
    begun, this_month = LAST_MONTH - dt.timedelta(days=200), reports.month_of(today())
    with desk.owner.begin() as connection:
        ended = put_project(connection, state="approved", start=begun)
        for before, after, day in (
            ("approved", "started", begun),
            ("started", "finished", LAST_MONTH),
            ("finished", "accepted", LAST_MONTH + dt.timedelta(days=11)),
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, "
                    "changed_by) SELECT id, admin_code, :before, :after, :day, 't' FROM xiangtu.projects "
                    "WHERE id = :id"
                ),
                {"before": before, "after": after, "day": day, "id": ended},
            )
    _clerk(desk)
    with reading() as connection:
        assert [one.project_id for one in due(connection, VILLAGE, LAST_MONTH)] == [ended]
        assert due(connection, VILLAGE, this_month) == []
    app = _open("report", project=_code(desk, ended), month=f"{this_month:%Y-%m}")
    (told,) = app.warning
    assert f"已验收（{LAST_MONTH:%Y-%m}）" in told.value.replace("\\", "") and not app.slider
    with reading() as connection:
        assert drafts.drafts(connection) == []


def test_words() -> None:
    assert percent(None) == "—" and percent(Decimal("12.50")) == "12.5%"
    one = reports.Report(
        1, uuid.uuid4(), 1, "XM", "项目", VILLAGE, LAST_MONTH, LAST_MONTH, Decimal(5), Decimal(10_000), (1, 9), "a*b",
        "", None, None, "form", False, None, "某", dt.datetime.now(dt.UTC), 0, None,
    )  # fmt: skip
    table = compared(one, None, {1: "开工"}, "zh")
    assert table.iloc[2, 2] == "**开工、9**" and table.iloc[3, 2] == r"**a\*b**" and table.iloc[0, 1] == "—"
