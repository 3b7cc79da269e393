"""Opening the ledger from imported plan figures: once, by the difference, county by county, with what was found."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

import cli
from analysis import quota
from analysis.reserve import reserve_table
from base.settings import settings
from layers.codes import ParcelUse, QuotaBook, QuotaKind
from pipelines.land.opening import Trouble, open_ledger
from store import record_list
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.land.ledger import PartOf, balances, entries, post, reverse

CITY, COUNTY, TOWN, NEIGHBOUR = "441800000000", "441821000000", "441821100000", "441821101000"
OTHER, ABROAD = "441826000000", "441826100000"
AS_OF = dt.date(2025, 6, 30)
Figures = dict[str, tuple[float, float | None, float | None]]
PLAN: Figures = {
    COUNTY: (300, 35, 200),
    TOWN: (200, 20, 150),
    NEIGHBOUR: (100, 15, 50),
    OTHER: (80, 10, 10),
    ABROAD: (80, 10, 10),
}


def _import(engine: sa.Engine, figures: Figures, as_of: dt.date = AS_OF) -> None:
    """Put figures where an import would: total, reserved and allotted in 亩."""
    with engine.begin() as connection:
        batch = connection.execute(
            sa.text(
                "INSERT INTO xiangtu.import_batches (feature_id, file_name, file_sha256, state, as_of) "
                "VALUES ('construction_quotas', 'a.xlsx', 'x', 'done', :day) RETURNING id"
            ),
            {"day": as_of},
        ).scalar_one()
        connection.execute(sa.text("DELETE FROM feature.construction_quotas"))
        for code, (total, reserved, allotted) in figures.items():
            connection.execute(
                sa.text(
                    "INSERT INTO feature.construction_quotas (admin_code, total_scale_mu, reserved_mu, allotted_mu, "
                    "batch_id) VALUES (:code, :total, :reserved, :allotted, :batch)"
                ),
                {"code": code, "total": total, "reserved": reserved, "allotted": allotted, "batch": batch},
            )


Held = dict[tuple[str, str, str], Decimal]


def _held(engine: sa.Engine, on: dt.date | None = None) -> Held:
    with engine.connect() as connection:
        frame = balances(connection, on=on)
    return {(r.admin_code, r.kind, r.bucket): r.amount_mu for r in frame.itertuples() if r.parcel_no == ""}


def _inside(engine: sa.Engine) -> Held:
    return {key: amount for key, amount in _held(engine).items() if key[2] != "outside"}


def test_figures_become_balances_of_their_day(database: sa.Engine) -> None:
    """Ordinary scale is the total less the reserve; a county gets nothing of its own."""
    _import(database, PLAN)
    report = open_ledger(database)
    assert report.findings == ()
    assert _inside(database) == {
        (TOWN, "scale", "available"): 30,
        (TOWN, "scale", "allotted"): 150,
        (TOWN, "reserve", "available"): 20,
        (NEIGHBOUR, "scale", "available"): 35,
        (NEIGHBOUR, "scale", "allotted"): 50,
        (NEIGHBOUR, "reserve", "available"): 15,
        (ABROAD, "scale", "available"): 60,
        (ABROAD, "scale", "allotted"): 10,
        (ABROAD, "reserve", "available"): 10,
    }
    assert _held(database)[CITY, "scale", "outside"] == -335
    assert _held(database, AS_OF) == _held(database)
    assert _held(database, AS_OF - dt.timedelta(days=1)) == {}
    told = [one.sentence("zh") for one in report.postings]
    assert len(told) == 6 and "265.0000 亩（2 个单位）" in told[0]
    with database.connect() as connection:
        found = record_list.entries(connection, record_list.Sought(obj="quota_posting"), 20)
        lines = entries(connection)
        (county,) = reserve_table(
            balances(connection), balances(connection, book=QuotaBook.PLANNED), [COUNTY]
        ).to_dict("records")
    assert len(found) == 6
    assert set(lines["reference"]) == {"construction_quotas 2025-06-30"}
    assert (county["total_mu"], county["reserved_mu"], county["allotted_mu"]) == (300, 35, 200)


def test_the_same_figures_again_post_nothing(database: sa.Engine) -> None:
    _import(database, PLAN)
    open_ledger(database)
    before = _held(database)
    _import(database, PLAN, dt.date(2025, 9, 30))
    again = open_ledger(database)
    assert again.postings == () and again.unchanged == (COUNTY, OTHER)
    assert _held(database) == before


def test_a_later_edition_posts_the_difference_and_leaves_what_people_did(database: sa.Engine) -> None:
    _import(database, PLAN)
    open_ledger(database)
    with database.begin() as connection:
        day = dt.date(2025, 7, 10)
        post(
            connection,
            quota.allotted(QuotaKind.RESERVE, TOWN, "P1", Decimal(5), day, ParcelUse.VILLAGE),
            by="测试",
            part_of=PartOf.OPENING,
        )
        post(connection, quota.moved(QuotaKind.SCALE, NEIGHBOUR, TOWN, Decimal(8), day), by="测试")
    later = dt.date(2025, 9, 30)
    _import(database, PLAN | {COUNTY: (320, 42, 190), TOWN: (220, 27, 140)}, later)
    report = open_ledger(database)
    assert report.findings == () and report.unchanged == (OTHER,)
    assert {(p.entry, p.kind, p.amount_mu) for p in report.postings} == {
        ("issued", "scale", 13),
        ("returned", "scale", 10),
        ("issued", "reserve", 7),
    }
    held = _inside(database)
    assert held[TOWN, "scale", "available"] == 30 + 8 + 13 + 10
    assert held[TOWN, "scale", "allotted"] == 140
    assert held[TOWN, "reserve", "available"] == 20 - 5 + 7
    assert held[NEIGHBOUR, "scale", "available"] == 35 - 8
    assert _held(database, AS_OF)[TOWN, "scale", "available"] == 30


def test_lower_figures_than_what_is_used_are_refused_for_that_county_as_a_whole(database: sa.Engine) -> None:
    _import(database, PLAN)
    open_ledger(database)
    with database.begin() as connection:
        use = quota.allotted(QuotaKind.RESERVE, TOWN, "P1", Decimal(18), AS_OF, ParcelUse.VILLAGE)
        post(connection, use, by="测试", part_of=PartOf.OPENING)
    before = _held(database)
    cut = {COUNTY: (400, 20, 200), TOWN: (300, 5, 150), OTHER: (90, 10, 10), ABROAD: (90, 10, 10)}
    _import(database, PLAN | cut, dt.date(2025, 9, 30))
    report = open_ledger(database)
    (found,) = report.findings
    assert found.trouble is Trouble.USED_SINCE and found.admin_code == COUNTY
    assert "2.0000" in found.sentence("zh") and "reserved for revitalisation" in found.sentence("en")
    changed = {key for key, amount in _held(database).items() if before.get(key) != amount}
    assert changed == {(ABROAD, "scale", "available"), (CITY, "scale", "outside")}


def test_what_is_found_in_the_figures(database: sa.Engine) -> None:
    _import(
        database,
        {
            COUNTY: (310, 35, 260),
            TOWN: (200, 20, 190),
            NEIGHBOUR: (100, None, 50),
            "441821102000": (10, 0, 20),
            "441821103000": (10, 11, 0),
            OTHER: (80, 10, 10),
        },
    )
    report = open_ledger(database)
    assert {(f.trouble, f.admin_code, f.amount_mu) for f in report.findings} == {
        (Trouble.COUNTY_UNLIKE_SUM, COUNTY, -10),
        (Trouble.RESERVE_TOUCHED, TOWN, 10),
        (Trouble.RESERVED_MISSING, NEIGHBOUR, 100),
        (Trouble.ALLOTTED_OVER_TOTAL, "441821102000", 10),
        (Trouble.RESERVED_OVER_TOTAL, "441821103000", 1),
        (Trouble.COUNTY_UNDIVIDED, OTHER, 80),
    }
    assert all("亩" in f.sentence("zh") and "mu" in f.sentence("en") for f in report.findings)
    held = _inside(database)
    assert held[TOWN, "reserve", "allotted"] == held[TOWN, "reserve", "available"] == 10
    assert (TOWN, "scale", "available") not in held
    assert {code for code, _, _ in held} == {TOWN, NEIGHBOUR}


def test_an_opening_that_was_reversed_is_made_again(database: sa.Engine) -> None:
    _import(database, {OTHER: (80, 10, 0), ABROAD: (80, 10, 0)})
    first = open_ledger(database).postings
    with database.begin() as connection:
        for one in first:
            reverse(connection, one.posting_id, "导入的数字有误", by="测试")
    assert _held(database) == {}
    assert len(open_ledger(database).postings) == len(first) == 2
    assert _inside(database) == {(ABROAD, "scale", "available"): 70, (ABROAD, "reserve", "available"): 10}


def test_nobody_who_is_signed_in_passes_a_posting_off_as_an_opening(database: sa.Engine) -> None:
    """Or the next opening would take it for its own and hand it back."""
    from access import Assignment
    from layers import Role
    from store import identity
    from tests import signed_in

    secret = signed_in.session(database, (Assignment(Role.LAND_REVIEWER, "4418"),))
    with database.begin() as connection:
        identity.tell(connection, secret)
        post(
            connection,
            quota.issued(
                QuotaKind.SCALE, {ABROAD: Decimal(70)}, AS_OF, reference="construction_quotas 2025-06-30"
            ),
        )
    _import(database, {OTHER: (80, 10, 0), ABROAD: (80, 10, 0)})
    open_ledger(database)
    assert _inside(database)[ABROAD, "scale", "available"] == 140


def test_the_command_tells_what_it_posted(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def store() -> Iterator[sa.Engine]:
        yield database

    monkeypatch.setattr(cli, "_store", store)
    runner = CliRunner()
    assert "还没有导入" in runner.invoke(cli.app, ["quota", "open"]).output
    _import(database, PLAN | {COUNTY: (300, 35, 205)})
    told = runner.invoke(cli.app, ["quota", "open", "--county", "441821"])
    assert told.exit_code == 0, told.output
    assert "下达建设用地规模 265.0000 亩" in told.output and "相差 5.0000 亩" in told.output
    assert {code for code, _, _ in _inside(database)} == {TOWN, NEIGHBOUR}
    assert "1 个县" in runner.invoke(cli.app, ["quota", "open", "--county", "441821"]).output


@pytest.fixture(scope="module")
def own_city(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """A copy of the small city whose ledger may be opened."""
    drop_database(cluster, "city_opening")
    create_database(cluster, "city_opening", template=city_template)
    engine = make_engine(cluster.url("city_opening"), settings())
    yield engine
    engine.dispose()
    drop_database(cluster, "city_opening")


def test_the_small_citys_ledger_holds_its_plan_figures(own_city: sa.Engine) -> None:
    """Every township: total and allotted as imported; what differs is said in a finding."""
    report = open_ledger(own_city)
    refused = {
        f.admin_code
        for f in report.findings
        if f.trouble in (Trouble.ALLOTTED_OVER_TOTAL, Trouble.RESERVED_OVER_TOTAL)
    }
    with own_city.connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT admin_code, total_scale_mu, reserved_mu, allotted_mu FROM feature.construction_quotas "
                "WHERE admin_code NOT LIKE '%000000'"
            )
        ).all()
        held = balances(connection)
    assert len(rows) > 10
    there = held[held["kind"].isin(["scale", "reserve"]) & held["bucket"].isin(["available", "allotted"])]
    sums = there.groupby("admin_code")["amount_mu"].sum()
    plan = held[
        held["kind"].isin(["scale", "reserve"]) & (held["bucket"] == "allotted") & (held["parcel_no"] == "")
    ]
    allotted = plan.groupby("admin_code")["amount_mu"].sum()
    for row in rows:
        if row.admin_code in refused:
            continue
        assert float(sums.loc[row.admin_code]) == pytest.approx(row.total_scale_mu, abs=1e-3)
        assert float(allotted.get(row.admin_code, 0)) == pytest.approx(row.allotted_mu or 0, abs=1e-3)
    reserve = there[there["kind"] == "reserve"].groupby("admin_code")["amount_mu"].sum()
    for row in rows:
        if row.reserved_mu and row.admin_code not in refused:
            assert float(reserve.loc[row.admin_code]) == pytest.approx(row.reserved_mu, abs=1e-3)
    assert open_ledger(own_city).postings == ()
