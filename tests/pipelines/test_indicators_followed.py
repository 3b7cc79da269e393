"""Indicators of projects: from accepted reports to figures of villages, townships, counties and the city."""

import datetime as dt

import pandas as pd
import pytest
import sqlalchemy as sa

from analysis.progress.measures import standing
from layers import RecordKind, all_indicators, source_title
from pipelines.indicators import InProcess, run, today
from store import snapshots
from store.progress.tracked import Tracked, followed, tracked
from tests.followed import follow
from tests.pipelines.two_counties import CITY, EAST, VILLAGES, WEST, store

DAY = today()
MONTHS = 6
BEGIN = (DAY.replace(day=1) - dt.timedelta(days=30 * MONTHS)).replace(day=1)
_NEW_REPORT = """
WITH r AS (
    INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent,
        paid_yuan, fall_reason, channel, reported_by, supersedes)
    SELECT gen_random_uuid(), project_id, admin_code, period, reported_on, :percent, :paid, '返工', 'form', 't', id
    FROM xiangtu.progress_reports AS r WHERE project_id = :project
        AND NOT EXISTS (SELECT FROM xiangtu.progress_reports AS n WHERE n.supersedes = r.id)
    ORDER BY period DESC LIMIT 1 RETURNING id, admin_code
) SELECT id, admin_code FROM r
"""
_CHECK = (
    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, remark, checked_by) "
    "VALUES (:report, :code, :verdict, '数字有误', 't')"
)


@pytest.fixture
def library(database: sa.Engine) -> tuple[sa.Engine, list[int]]:
    """Two counties with a project in each village but the last, followed for half a year."""
    store(database)
    with database.begin() as connection:
        ids = follow(connection, VILLAGES[:-1], begin=BEGIN, months=MONTHS)
    return database, ids


def correct(engine: sa.Engine, project: int, percent: float, paid: int, verdict: str | None) -> int:
    """Supersede a project's newest report; check it with a verdict, if any."""
    with engine.begin() as connection:
        given = {"project": project, "percent": percent, "paid": paid}
        report, code = connection.execute(sa.text(_NEW_REPORT), given).one()
        if verdict is not None:
            connection.execute(sa.text(_CHECK), {"report": report, "code": code, "verdict": verdict})
        return int(report)


def read(engine: sa.Engine, known_at: dt.datetime | None = None) -> Tracked:
    with engine.connect() as connection:
        return tracked(connection, "", known_at)


def figures(engine: sa.Engine) -> pd.DataFrame:
    statement = sa.text(
        "SELECT indicator_id, level, admin_code, scope, value, numerator, denominator, with_data, units "
        "FROM xiangtu.indicator_values WHERE as_of = :day AND indicator_id LIKE 'project\\_%'"
    )
    with engine.connect() as connection:
        frame = pd.read_sql(statement, connection, params={"day": DAY})
    return frame.set_index(["indicator_id", "level", "admin_code", "scope"]).sort_index()


def behind(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return [name for name in snapshots.changed_since_run(connection) if name == "project_progress"]


def test_from_reports_to_figures_and_again_after_a_check(library: tuple[sa.Engine, list[int]]) -> None:
    engine, ids = library
    assert behind(engine) == ["project_progress"]
    report = run(engine, as_of=DAY, executor=InProcess())
    assert behind(engine) == []
    found = figures(engine)
    own = [i.id for i in all_indicators() if i.record is RecordKind.PROJECTS]
    assert set(found.index.get_level_values(0)) == set(own)
    assert report.rows > len(found), "those of features are there as well"

    with engine.connect() as connection:
        held = followed(connection, DAY)
    newest = held.reports.set_index("project_id")
    budget = held.projects["budget_yuan"]
    earned = newest["percent"] / 100 * budget
    of_west = held.projects["admin_code"].str.startswith(WEST[:6])
    county = found.loc[("project_percent", "county", WEST, "all")]
    assert county["value"] == pytest.approx(earned[of_west].sum() / budget[of_west].sum())
    assert county["value"] != pytest.approx((earned / budget)[of_west].mean()), "no mean of ratios"
    city = found.loc[("project_cpi", "city", CITY, "all")]
    assert city["value"] == pytest.approx(earned.sum() / newest["paid_yuan"].sum())
    assert (city["with_data"], city["units"]) == (7, 8)
    silent = found.loc[("project_overdue", "village", VILLAGES[-1], "all")]
    assert pd.isna(silent["value"]) and silent["with_data"] == 0, "a village without projects is none with 0"

    # A correction counts once it is accepted, not before; the figures are behind from then on.
    before = found.loc[("project_percent", "village", VILLAGES[0], "all"), "value"]
    corrected = correct(engine, ids[0], 12.0, 1000, None)
    assert behind(engine) == [] and len(read(engine).reports) == len(ids) * MONTHS
    with engine.begin() as connection:
        given = {"report": corrected, "code": VILLAGES[0], "verdict": "accepted"}
        connection.execute(sa.text(_CHECK), given)
    assert behind(engine) == ["project_progress"]
    again = run(engine, as_of=DAY, only_touched=True, executor=InProcess())
    assert not again.whole and behind(engine) == []
    brought = figures(engine)
    after = brought.loc[("project_percent", "village", VILLAGES[0], "all"), "value"]
    assert (after, before > 0.12) == (pytest.approx(0.12), True)
    run(engine, as_of=DAY, executor=InProcess(), again=True)
    pd.testing.assert_frame_equal(brought, figures(engine), check_exact=True)

    # Alone, and for one county: the others' figures stay.
    assert run(engine, as_of=DAY, indicators=["project_spi"], executor=InProcess()).rows > 0
    assert run(engine, as_of=DAY, counties=[EAST], executor=InProcess()).counties == (EAST,)
    pd.testing.assert_frame_equal(brought, figures(engine), check_exact=True)


def test_one_transaction_counts_as_one_change(library: tuple[sa.Engine, list[int]]) -> None:
    engine, ids = library
    statement = sa.text("SELECT version FROM xiangtu.layer_versions WHERE feature_id = 'project_progress'")
    with engine.connect() as connection:
        assert connection.scalar(statement) == 1, "all of the library came in one transaction"
    with engine.begin() as connection:
        for project in ids[:3]:
            connection.execute(
                sa.text("UPDATE xiangtu.projects SET note = 'x' WHERE id = :id"), {"id": project}
            )
    with engine.connect() as connection:
        assert connection.scalar(statement) == 2
    assert source_title("project_progress").zh == "项目库与进度月报"


def test_the_library_as_it_was_known(library: tuple[sa.Engine, list[int]]) -> None:
    engine, ids = library
    with engine.begin() as connection:
        begun = connection.scalar(sa.text("SELECT clock_timestamp()"))
    whole = read(engine)
    correct(engine, ids[0], 50.0, 5, "accepted")
    correct(engine, ids[1], 50.0, 5, "returned")
    with engine.begin() as connection:
        for before, after in (("started", "finished"), ("finished", "accepted")):
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, "
                    "changed_by) VALUES (:id, :code, :before, :after, :day, 't')"
                ),
                {"id": ids[2], "code": VILLAGES[2], "before": before, "after": after, "day": DAY},
            )
    now = read(engine)
    assert now.projects.loc[ids[2], ["state", "finished_on"]].tolist() == ["accepted", pd.Timestamp(DAY)]
    newest = now.reports.groupby("project_id")["percent"].last()
    assert newest[ids[0]] == 50 and newest[ids[1]] != 50, "accepted reports count, returned ones do not"
    past = read(engine, begun)
    for name in ("projects", "milestones", "reports"):
        pd.testing.assert_frame_equal(getattr(past, name), getattr(whole, name))
    with engine.connect() as connection:
        assert tracked(connection, WEST[:6]).projects["admin_code"].str.startswith(WEST[:6]).all()
        nothing = tracked(connection, "4499")
    assert nothing.projects.empty and nothing.reports.empty
    first = read(engine, dt.datetime.combine(BEGIN, dt.time(), dt.UTC) + dt.timedelta(days=70))
    assert first.projects.empty, "the projects were entered today, whatever their reports say"


def test_photos_and_days_of_the_city(library: tuple[sa.Engine, list[int]]) -> None:
    engine, ids = library
    report = correct(engine, ids[0], 50.0, 5, None)
    with engine.begin() as connection:
        for sign in "ab":
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.progress_photos (report_id, admin_code, name, content, thumbnail, width, "
                    "height, sha256, phash) VALUES (:id, :code, 'p', '', '', 1, 1, :sha, :hash)"
                ),
                {"id": report, "code": VILLAGES[0], "sha": sign, "hash": sign * 16},
            )
        given = {"report": report, "code": VILLAGES[0], "verdict": "accepted"}
        connection.execute(sa.text(_CHECK), given)
    reports = read(engine).reports.set_index("report_id")
    assert reports.loc[report, "photos"] == 2 and reports["photos"].sum() == 2
    told = reports.drop(index=report)
    assert (told["submitted_on"] == told["reported_on"]).all(), "9 o'clock UTC is the same day in the city"


def test_a_file_states_its_day_and_a_form_is_dated_by_us(library: tuple[sa.Engine, list[int]]) -> None:
    engine, ids = library
    statement = sa.text(
        "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, percent, "
        "paid_yuan, channel, reported_by) SELECT gen_random_uuid(), id, admin_code, '2001-01-01', '2001-01-28', 0, 0, "
        ":channel, 't' FROM xiangtu.projects WHERE id = :id RETURNING id, admin_code"
    )
    with engine.begin() as connection:
        for project, channel in zip(ids, ("form", "excel"), strict=False):
            report, code = connection.execute(statement, {"id": project, "channel": channel}).one()
            connection.execute(sa.text(_CHECK), {"report": report, "code": code, "verdict": "accepted"})
    reports = read(engine).reports
    old = reports[reports["period"] == pd.Timestamp(2001, 1, 1)].set_index("project_id")["submitted_on"]
    assert old[ids[1]] == pd.Timestamp(2001, 1, 28)
    assert old[ids[0]] == pd.Timestamp(today())


def test_a_past_day_is_not_told_by_what_came_after_it(library: tuple[sa.Engine, list[int]]) -> None:
    """Reports and states of later days neither silence a project on a past day nor end it before its time."""
    engine, ids = library
    past = BEGIN + dt.timedelta(days=80)
    finished, stopped = ids[0], ids[1]
    state = sa.text(
        "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, reason, happened_on, changed_by) "
        "SELECT id, admin_code, 'started', :after, '资金没有到位', :day, 't' FROM xiangtu.projects WHERE id = :id"
    )
    with engine.begin() as connection:
        for project, after in ((finished, "finished"), (stopped, "cancelled")):
            day = past + dt.timedelta(days=1)
            connection.execute(state, {"id": project, "after": after, "day": day})
        then, now = followed(connection, past), followed(connection, DAY)
        seen = tracked(connection, until=past)
    assert set(then.projects["state"]) == {"started"} and then.projects["finished_on"].isna().all()
    assert (now.projects["state"][finished], now.projects["state"][stopped]) == ("finished", "cancelled")
    assert now.projects["finished_on"].notna().sum() == 1
    last = then.reports.set_index("project_id")["reported_on"]
    assert (last <= pd.Timestamp(past)).all() and len(last) == len(ids)
    assert then.projects["last_heard_on"].equals(last.reindex(then.projects.index).rename("last_heard_on"))
    assert seen.projects.equals(then.projects)
    stood = standing(then.projects, then.milestones, then.reports, past)
    assert (stood["silent_days"] <= 31).all() and len(stood) == len(ids)
