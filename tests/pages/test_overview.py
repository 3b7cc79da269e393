"""进度总览: its numbers are the database's, its lists name who and how long, its links lead on."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from access import Assignment, Person
from analysis.reserve import reserve_table
from base.settings import settings
from i18n import LANGUAGES, Lang, tr
from layers import AdminLevel, Role, indicator
from layers.codes import QuotaBook
from pages import (
    data_day,
    formats,
    overview_figures,
    overview_looked,
    overview_money,
    overview_news,
    overview_projects,
    overview_ranking,
)
from pages.candidate_words import money
from pages.gaps_figures import Stamp as SnapshotStamp
from pages.gaps_figures import Weights, index, usual_parts
from pages.overview_figures import COMPOSITE
from pages.overview_looked import Looked
from pages.scopes import Townships
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine, reading
from store.land.ledger_list import balances
from store.progress.leaders import stamp
from tests import signed_in
from tests.followed import follow
from tests.pages.conftest import _SCRIPT, Open, scalar, show

COUNTY, CITY = "441821000000", "441800000000"
LINKED = frozenset({"projects", "report_check", "tracking", "parcels", "land"})


@pytest.fixture(scope="module")
def followed(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """The small demo city with thirty followed projects, some late, suspended or waiting, and an older snapshot."""
    create_database(cluster, "followed", template=city_template)
    engine = make_engine(cluster.url("followed"), settings())
    with engine.begin() as connection:
        villages = connection.scalars(
            sa.text(
                "SELECT admin_code FROM feature.admin_units WHERE level = 'village' ORDER BY md5(admin_code)"
            )
        ).all()
        ids = follow(connection, villages[:30], begin=dt.date(2024, 7, 1), months=12)
        _turn(connection, ids)
        _older_snapshot(connection)
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    yield engine
    engine.dispose()
    drop_database(cluster, "followed")


def _turn(connection: sa.Connection, ids: list[int]) -> None:
    """The first is cancelled, the second suspended, the third accepted this month, the fourth's report waits."""
    for project, before, state, day in (
        (ids[0], "started", "cancelled", dt.date(2025, 6, 2)),
        (ids[1], "started", "suspended", dt.date(2025, 5, 1)),
        (ids[2], "started", "finished", dt.date(2025, 5, 30)),
        (ids[2], "finished", "accepted", dt.date(2025, 6, 20)),
    ):
        # The database carries each change into its project.
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, reason, happened_on, "
                "changed_by) SELECT id, admin_code, :before, :state, '缺少资金', :day, 't' FROM xiangtu.projects "
                "WHERE id = :id"
            ),
            {"before": before, "state": state, "id": project, "day": day},
        )
    for project, ago in ((ids[4], 0), (ids[3], 20)):
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, fall_reason, channel, reported_by, submitted_at) SELECT gen_random_uuid(), id, "
                "admin_code, '2025-07-01', '2025-06-29', 1, 1, '返工', 'form', 't', "
                "now() - make_interval(days => :ago) FROM xiangtu.projects WHERE id = :id"
            ),
            {"id": project, "ago": ago},
        )


def _older_snapshot(connection: sa.Connection) -> None:
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.indicator_runs (as_of, state, started_at, finished_at) "
            "SELECT '2025-03-31', state, started_at, started_at FROM xiangtu.indicator_runs WHERE state = 'done'"
        )
    )
    connection.execute(
        sa.text(
            "INSERT INTO xiangtu.indicator_values (indicator_id, as_of, level, admin_code, scope, value, with_data, "
            "units) SELECT indicator_id, '2025-03-31', level, admin_code, scope, value * 0.9, with_data, units "
            "FROM xiangtu.indicator_values WHERE level = 'city'"
        )
    )


@pytest.fixture
def shown(followed: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> sa.Engine:
    show(monkeypatch, followed)
    return followed


def opened(lang: Lang = "zh", **query: str) -> AppTest:
    app = AppTest.from_string(_SCRIPT.format(name="overview", lang=lang), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    """All pieces of HTML without their marks."""
    return words(" ".join(str(one.proto.body) for one in app.get("html")))


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?s)<style>.*?</style>", "", html))))


def looked(code: str = CITY, scope: Townships = Townships.ALL, lang: Lang = "zh") -> Looked:
    with reading() as connection:
        at = stamp(connection)
    level = {4: AdminLevel.CITY, 6: AdminLevel.COUNTY}.get(len(code.rstrip("0")), AdminLevel.TOWNSHIP)
    level = AdminLevel.CITY if code == CITY else level
    return Looked(at, data_day.day_of(at), formats.today(), code, level, scope, lang, LINKED)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_headlines_and_money_are_the_databases(shown: sa.Engine, lang: Lang) -> None:
    app = opened(lang)
    text = said(app)
    rate = indicator("ftth_household_share")
    value = scalar(
        shown,
        "SELECT value FROM xiangtu.indicator_values WHERE indicator_id = :id AND level = 'city' AND scope = 'all' "
        "AND as_of = '2025-06-30'",
        id=rate.id,
    )
    assert f"{rate.title.get(lang)} {formats.figure(value, rate.unit, lang)}" in text
    change = formats.gap_words(0.1 * float(str(value)), rate.unit, lang)
    assert tr("overview.rose", lang, change=change) in text
    budget, paid = (
        float(str(scalar(shown, statement)))
        for statement in (
            "SELECT sum(budget_yuan) FROM xiangtu.projects WHERE state <> 'cancelled'",
            "SELECT sum(a.paid_yuan) FROM xiangtu.accepted_reports AS a JOIN xiangtu.projects AS p "
            "ON p.id = a.project_id WHERE p.state <> 'cancelled' AND a.period = '2025-06-01'",
        )
    )
    for yuan in (budget, paid, budget - paid):
        assert money(yuan, lang) in text
    percent = scalar(
        shown,
        "SELECT sum(a.percent * p.budget_yuan) / sum(p.budget_yuan) FROM xiangtu.accepted_reports AS a "
        "JOIN xiangtu.projects AS p ON p.id = a.project_id WHERE p.state <> 'cancelled' AND a.period = '2025-06-01'",
    )
    assert f"{tr('overview.percent', lang)} {float(str(percent)):.1f}%" in text
    known = scalar(
        shown,
        "SELECT sum(p.budget_yuan) FROM xiangtu.projects AS p WHERE p.state <> 'cancelled' "
        "AND EXISTS (SELECT FROM xiangtu.accepted_reports AS a WHERE a.project_id = p.id)",
    )
    share = f"{tr('overview.paid_share', lang)} {paid / float(str(known)):.1%}"
    assert f"{share} {tr('overview.paid_known', lang, known=29, all=29)}" in text


@pytest.mark.parametrize("scope", [Townships.ALL, Townships.TOWNS])
def test_headlines_follow_the_scope(open_page: Open, shown_city: sa.Engine, scope: Townships) -> None:
    app = open_page("overview", "en")
    app.segmented_control(key="overview.scope").set_value(scope).run()
    assert not app.exception
    rate = indicator("ftth_household_share")
    value = scalar(
        shown_city,
        "SELECT value FROM xiangtu.indicator_values WHERE indicator_id = :id AND level = 'city' "
        "AND scope = :scope ORDER BY as_of DESC LIMIT 1",
        id=rate.id,
        scope=str(scope),
    )
    assert f"{rate.title.en} {formats.figure(value, rate.unit, 'en')}" in said(app)
    assert tr("overview.no_trend", "en") in said(app)
    assert tr("overview.no_projects", "en") in said(app)


def test_a_scope_without_units_says_so(open_page: Open) -> None:
    """The small demo city has none of the five streets."""
    app = open_page("overview", "en")
    app.segmented_control(key="overview.scope").set_value(Townships.STREETS).run()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        tr("pages.overview.no_scope", "en", scope=tr("pages.scope.street", "en"))
    ]


def test_what_needs_a_decision_says_who_how_long_and_where(shown: sa.Engine) -> None:
    found = overview_projects.decisions(looked())
    late = scalar(
        shown,
        "SELECT count(*) FROM xiangtu.projects WHERE planned_finish < '2025-06-30' "
        "AND state NOT IN ('finished', 'accepted', 'cancelled')",
    )
    counts = found["kind"].value_counts()
    assert counts["overdue"] == late
    assert counts["suspended"] == counts["waiting"] == 1
    html = overview_news.decisions_part(looked())
    for one in found[found["kind"] == "overdue"].itertuples():
        assert f'href="/projects?project={one.code}"' in html
    report = scalar(shown, "SELECT max(id) FROM xiangtu.progress_reports")
    assert f'href="/report_check?report={report}"' in html
    assert tr("overview.long.suspended", "zh", days=60, since="2025-05-01") in words(html)
    assert tr("overview.long.waiting", "zh", days=20, since=_days_ago(20)) in words(html)
    assert "县水利局" in words(html)


def test_land_that_is_short_and_parcels_past_due(shown: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with shown.begin() as connection:
        # As if nine days had gone by: a review itself changes by steps only.
        connection.execute(sa.text("ALTER TABLE xiangtu.parcel_reviews DISABLE TRIGGER by_steps_only"))
        late = connection.scalars(
            sa.text(
                "UPDATE xiangtu.parcel_reviews SET due_on = current_date - 9 WHERE due_on IS NOT NULL "
                "RETURNING parcel_no"
            )
        ).all()
        connection.execute(sa.text("ALTER TABLE xiangtu.parcel_reviews ENABLE TRIGGER by_steps_only"))
    secret = signed_in.session(shown)
    monkeypatch.setattr("store.identity.current", lambda: secret)
    seen = replace(looked(COUNTY), land=True, parcels=("",))
    found = overview_projects.decisions(seen)
    parcels = found[found["kind"] == "parcel"]
    assert late
    assert set(parcels["code"]) == {code for code in late if _county_of(shown, code) == COUNTY[:6]}
    assert set(parcels["days"]) <= {8, 9, 10}  # the day of the server's own clock may be another
    with reading() as connection:
        towns = [code for code in overview_looked.board_of(seen).units.index if code.startswith(COUNTY[:6])][
            1:
        ]
        table = reserve_table(
            balances(connection, COUNTY[:6]), balances(connection, COUNTY[:6], None, QuotaBook.PLANNED), towns
        )
    short = table[table["finding"] == "red"].set_index("admin_code")["shortage_mu"].astype(float)
    listed = found[found["kind"] == "reserve"].set_index("code")["amount_mu"].astype(float)
    assert listed.to_dict() == short.to_dict()
    assert listed.is_monotonic_decreasing
    html = overview_news.decisions_part(seen)
    for code in parcels["code"]:
        assert f'href="/parcels?parcel={code}"' in html
    assert "reserve" not in set(overview_projects.decisions(looked(COUNTY))["kind"])


def _county_of(engine: sa.Engine, parcel: str) -> str:
    found = "SELECT admin_code FROM feature.land_parcels WHERE parcel_no = :no"
    return str(scalar(engine, found, no=parcel))[:6]


def _days_ago(days: int) -> str:
    return (formats.today() - dt.timedelta(days=days)).isoformat()


def test_what_the_month_changed(shown: sa.Engine) -> None:
    text = words(overview_news.changes_part(looked()))
    reports = scalar(shown, "SELECT count(*) FROM xiangtu.accepted_reports WHERE period = '2025-06-01'")
    paid = scalar(
        shown,
        "SELECT sum(a.paid_yuan - b.paid_yuan) FROM xiangtu.accepted_reports AS a "
        "JOIN xiangtu.accepted_reports AS b ON b.project_id = a.project_id AND b.period = '2025-05-01' "
        "WHERE a.period = '2025-06-01'",
    )
    told = tr("overview.month_reports", "zh", reports=reports, paid=money(float(str(paid)), "zh"))
    assert told in text
    first = (
        "WHERE a.period = '2025-06-01' AND NOT EXISTS (SELECT FROM xiangtu.accepted_reports AS b WHERE "
        "b.project_id = a.project_id AND b.period < a.period)"
    )
    number = scalar(shown, f"SELECT count(*) FROM xiangtu.accepted_reports AS a {first}")
    upto = scalar(shown, f"SELECT coalesce(sum(a.paid_yuan), 0) FROM xiangtu.accepted_reports AS a {first}")
    said = tr("overview.month_first", "zh", number=number, paid=money(float(str(upto)), "zh"))
    assert (said in text) == bool(number)
    assert "新验收 1" in text
    assert "新终止 1" in text
    assert "新停工" not in text  # that was in May
    moved = overview_news.moves(looked()).set_index("indicator_id")
    assert moved.loc["tap_water_rate", "before"] == pytest.approx(0.9 * moved.loc["tap_water_rate", "now"])


def test_one_goes_down_from_the_city_to_a_report(shown: sa.Engine) -> None:
    city = overview_money.units_part(looked())
    assert f'href="/overview?place={COUNTY}"' in city
    code = str(scalar(shown, "SELECT max(admin_code) FROM xiangtu.projects WHERE state = 'started'"))
    county = code[:6].ljust(12, "0")
    town = code[:9].ljust(12, "0")
    assert f'href="/overview?place={town}"' in overview_money.units_part(looked(county))
    assert f'href="/overview?place={town}"' in overview_ranking.lists(looked(county), COMPOSITE)
    assert f'href="/dossier?code={code}"' in overview_ranking.lists(looked(town), "tap_water_rate")
    here = overview_money.units_part(looked(town))
    report = scalar(
        shown,
        "SELECT max(report_id) FROM xiangtu.accepted_reports WHERE admin_code = :code",
        code=code,
    )
    assert f'href="/report_check?report={report}"' in here
    without = overview_money.units_part(replace(looked(town), can=frozenset()))
    assert "report_check" not in without
    assert tr("overview.report_of", "zh", month="2025-06") in words(without)
    app = opened("en", place=town[:9])
    assert app.title[0].value.startswith(tr("pages.overview.title", "en") + " · ")
    assert tr("overview.projects_here", "en") in said(app)


def test_the_places_are_parts_of_the_city(shown: sa.Engine) -> None:
    whole = overview_projects.standing_of(looked())
    below = overview_projects.standing_below(looked()).values()
    assert sum(one.number for one in below) == whole.number == 29
    assert sum(one.paid_yuan for one in below) == whole.paid_yuan
    sources = overview_money.by_source(looked())
    assert float(sources.sum()) == whole.budget_yuan


def test_best_and_worst_are_in_order(shown: sa.Engine) -> None:
    found = overview_figures.compared(looked(), "tap_water_rate")
    assert found["value"].dropna().is_monotonic_increasing
    houses = overview_figures.compared(looked(), "dangerous_houses_per_1000")["value"].dropna()
    assert houses.is_monotonic_decreasing
    composite = overview_figures.compared(looked(), COMPOSITE).set_index("admin_code")["value"]
    at = looked().at
    assert at.as_of is not None
    level = AdminLevel.TOWNSHIP
    made = index(
        SnapshotStamp(at.as_of, at.computed_at), level, Townships.ALL, "", usual_parts(level), Weights()
    )
    np.testing.assert_allclose(composite[list(made.codes)], made.scores.score)


def test_choosing_a_county_goes_into_the_address(shown: sa.Engine) -> None:
    app = opened()
    app.selectbox(key="overview.county").set_value(COUNTY).run()
    assert not app.exception
    assert app.query_params["place"] in (COUNTY, [COUNTY])
    assert "佛冈县" in app.title[0].value
    app.selectbox(key="overview.indicator").set_value("tap_water_rate").run()
    assert not app.exception
    assert tr("overview.ranking", "zh", level="乡镇（街道）", indicator="自来水普及率") in said(app)


def test_a_link_chooses_the_indicator_and_nonsense_is_told(shown: sa.Engine) -> None:
    app = opened(indicator="hardened_share")
    assert app.selectbox(key="overview.indicator").value == "hardened_share"
    for nonsense, told in (("999999", "999999"), ("![x](//e.cn/x)", "\\!\\[x\\]\\(//e\\.cn/x\\)")):
        app = opened(place=nonsense, indicator="<b>")
        assert app.title[0].value == tr("pages.overview.title", "zh")
        assert [one.value for one in app.warning] == [tr("overview.unknown_place", "zh", place=told)]


def test_names_are_words_and_never_marks(shown: sa.Engine, cluster: Cluster) -> None:
    evil = '<img src=x onerror="alert(1)">'
    with shown.begin() as connection:
        connection.execute(
            sa.text("UPDATE xiangtu.projects SET name = :name, changed_at = now()"), {"name": evil}
        )
    seen = looked()
    pages = overview_news.decisions_part(seen) + overview_news.changes_part(seen)
    town = str(scalar(shown, "SELECT max(admin_code) FROM xiangtu.projects"))[:9].ljust(12, "0")
    pages += overview_money.units_part(looked(town))
    assert "&lt;img src=x" in pages
    assert "<img src=x" not in pages


def test_a_change_of_the_library_is_seen_at_once(shown: sa.Engine) -> None:
    before = looked()
    assert looked() == before
    with shown.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, checked_by) "
                "SELECT id, admin_code, 'accepted', 't' FROM xiangtu.progress_reports ORDER BY id DESC LIMIT 1"
            )
        )
    assert looked().at != before.at
    assert "waiting" not in set(overview_projects.decisions(looked())["kind"])


def test_the_library_without_a_snapshot(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO feature.admin_units (admin_code, name, level, kind, geom) SELECT code, name, level, kind, "
                "ST_Multi(ST_MakeEnvelope(113, 24, 113.1, 24.1, 4490)) FROM (VALUES "
                "('441800000000', '清远市', 'city', 'city'), ('441821000000', '佛冈县', 'county', 'county')) "
                "AS v (code, name, level, kind)"
            )
        )
        follow(connection, ["441821100201"], months=2)
    show(monkeypatch, database)
    text = said(opened())
    assert tr("pages.no_data", "zh") in text
    assert tr("overview.counts", "zh", number=1, begun=1, done=0, accepted=0) in text


def test_the_land_bureaus_matters_are_for_those_who_may_read_them(
    shown: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    housing = Person(0, 0, "h", "住建", (Assignment(Role.HOUSING_OFFICER, "4418"),))
    monkeypatch.setattr("web.visitors.person_now", lambda: housing)
    can, land, parcels = overview_looked.rights()
    assert not land
    assert parcels == ()
    assert "parcels" not in can


def test_the_wall_has_every_view_and_no_controls(shown: sa.Engine) -> None:
    app = opened(wall="1")
    text = said(app)
    assert not app.selectbox
    assert not app.segmented_control
    for part in ("money", "ranking", "numbers", "map", "decisions"):
        assert tr(f"overview.wall.{part}", "zh") in text
    assert tr("overview.data_day", "zh", day="2025-06-30") in text
    assert any(f'"seconds": {settings().wall_seconds}' in str(one.proto.body) for one in app.get("html"))
