"""The quota ledger: what is posted, what is refused, by whom; under the policies of people, in a real database."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from access import OWN_TABLES, OwnTable
from analysis import quota
from analysis.quota import Account, Line, NewPosting
from analysis.quota_errors import NotBalanced, ReasonNeeded
from layers import Role
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from store import identity, record, record_list
from store.errors import NotAllowed
from store.land.ledger import entries, post, posting, reverse, today
from store.land.ledger_errors import (
    AlreadyClosed,
    CannotClose,
    InFuture,
    LedgerError,
    Overdrawn,
    UnknownPosting,
    UsedSince,
)
from store.land.ledger_list import Filters, lots
from store.protection import WRITER
from tests.store.land.bureau import ABROAD, CITY, COUNTY, NEIGHBOUR, TOWN, Bureau, mu

DAY, LATER = dt.date(2026, 3, 1), dt.date(2026, 5, 1)
SCALE, RESERVE, SAVED = QuotaKind.SCALE, QuotaKind.RESERVE, QuotaKind.SAVED
TABLES = OWN_TABLES[OwnTable.QUOTAS]
OUTSIDE, AVAILABLE = QuotaBucket.OUTSIDE, QuotaBucket.AVAILABLE


def test_issue_move_allot_return_expire(bureau: Bureau) -> None:
    bureau.put(
        quota.issued(SCALE, {TOWN: mu(100), NEIGHBOUR: mu("50.5")}, DAY, reference="清国土〔2026〕1 号"),
        quota.moved(SCALE, TOWN, NEIGHBOUR, mu(20), DAY),
        quota.allotted(SCALE, TOWN, "P1", mu("30.1234"), DAY, ParcelUse.PUBLIC),
        quota.returned(SCALE, TOWN, "P1", mu("0.1234"), DAY),
        quota.expired(SCALE, NEIGHBOUR, mu(1), DAY),
        quota.handed_back(SCALE, NEIGHBOUR, mu("0.5"), DAY),
    )
    assert bureau.held() == {
        (CITY, "scale", "outside", "", ""): mu(-150),
        (TOWN, "scale", "available", "", ""): mu(50),
        (TOWN, "scale", "allotted", "", "P1"): mu(30),
        (NEIGHBOUR, "scale", "available", "", ""): mu(69),
        (NEIGHBOUR, "scale", "expired", "", ""): mu(1),
    }
    assert set(bureau.held(prefix="441821101")) == {
        (NEIGHBOUR, "scale", "available", "", ""),
        (NEIGHBOUR, "scale", "expired", "", ""),
    }
    assert bureau.held(prefix="441826") == {}


def test_the_balance_of_any_day(bureau: Bureau) -> None:
    bureau.put(
        quota.issued(SCALE, {TOWN: mu(10)}, DAY),
        quota.allotted(SCALE, TOWN, "P1", mu(4), LATER, ParcelUse.PUBLIC),
    )
    available = (TOWN, "scale", "available", "", "")
    assert available not in bureau.held(on=DAY - dt.timedelta(days=1))
    assert bureau.held(on=DAY)[available] == bureau.held(on=LATER - dt.timedelta(days=1))[available] == 10
    assert bureau.held(on=LATER)[available] == bureau.held()[available] == 6


def test_what_is_overdrawn_names_what_is_there_and_what_is_asked(bureau: Bureau) -> None:
    bureau.post(quota.issued(RESERVE, {TOWN: mu(10)}, DAY))
    with pytest.raises(Overdrawn) as refused:
        bureau.put(quota.allotted(RESERVE, TOWN, "P1", mu("10.0001"), DAY, ParcelUse.VILLAGE))
    told = refused.value.values
    assert (told["there"], told["asked"], told["admin_code"]) == ("10.0000", "10.0001", TOWN)
    assert "乡村振兴预留规模" in str(refused.value)
    english = refused.value.sentence("en")
    assert "scale reserved for revitalisation" in english and "预留" not in english
    assert bureau.number_of("xiangtu.quota_postings") == 1


def test_a_refused_posting_leaves_the_callers_transaction_usable(bureau: Bureau) -> None:
    """An approval that is refused can still write why."""
    with bureau.as_() as connection:
        post(connection, quota.issued(SCALE, {TOWN: mu(5)}, DAY))
        with pytest.raises(Overdrawn):
            post(connection, quota.moved(SCALE, TOWN, NEIGHBOUR, mu(6), DAY))
        post(connection, quota.moved(SCALE, TOWN, NEIGHBOUR, mu(5), DAY))
    assert bureau.held()[NEIGHBOUR, "scale", "available", "", ""] == 5


def test_a_back_dated_posting_never_takes_what_a_day_in_between_had_not(bureau: Bureau) -> None:
    """100 come on 1 March and go in April; 100 come in May again: they are there today, and were not in April."""
    april = dt.date(2026, 4, 1)
    bureau.put(
        quota.issued(SCALE, {TOWN: mu(100)}, DAY),
        quota.allotted(SCALE, TOWN, "P1", mu(100), april, ParcelUse.PUBLIC),
        quota.issued(SCALE, {TOWN: mu(100)}, LATER),
    )
    for day in (DAY, april, LATER - dt.timedelta(days=1)):
        with pytest.raises(Overdrawn) as refused:
            bureau.post(quota.moved(SCALE, TOWN, NEIGHBOUR, mu(1), day))
        assert refused.value.values["on"] in ("2026-03-01", "2026-04-01", day.isoformat())
    bureau.post(quota.moved(SCALE, TOWN, NEIGHBOUR, mu(100), LATER))
    with pytest.raises(Overdrawn):
        bureau.put(quota.allotted(SCALE, NEIGHBOUR, "P2", mu(1), april, ParcelUse.PUBLIC))


def test_reversal_mirrors_once_with_a_reason(bureau: Bureau) -> None:
    first, second = bureau.post(
        quota.issued(SCALE, {TOWN: mu(10), NEIGHBOUR: mu(3)}, DAY), quota.issued(SCALE, {TOWN: mu(1)}, DAY)
    )
    with bureau.as_() as connection:
        with pytest.raises(ReasonNeeded):
            reverse(connection, first, " 错 ")
        mirror = reverse(connection, first, "文件作废，重新下达", LATER)
        with pytest.raises(AlreadyClosed):
            reverse(connection, first, "文件作废，重新下达")
        with pytest.raises(CannotClose):
            reverse(connection, mirror, "文件作废，重新下达")
        with pytest.raises(UnknownPosting):
            reverse(connection, 987_654, "文件作废，重新下达")
        known = posting(connection, mirror)
        assert posting(connection, first).closed_by == mirror
        assert posting(connection, second).closed_by is None
    assert (known.entry, known.reverses_id, known.effective_on) == (QuotaEntry.REVERSED, first, LATER)
    assert known.made_by == "测试人员" and known.account_id is not None
    assert bureau.held() == {
        (CITY, "scale", "outside", "", ""): mu(-1),
        (TOWN, "scale", "available", "", ""): mu(1),
    }
    assert bureau.held(on=DAY)[TOWN, "scale", "available", "", ""] == 11


def test_what_was_used_since_is_not_reversed(bureau: Bureau) -> None:
    issue, use = bureau.put(
        quota.issued(RESERVE, {TOWN: mu(10)}, DAY),
        quota.allotted(RESERVE, TOWN, "P1", mu(1), LATER, ParcelUse.VILLAGE),
    )
    with bureau.as_() as connection:
        with pytest.raises(UsedSince) as refused:
            reverse(connection, issue, "文件作废，重新下达")
        assert f"第 {issue} 号" in str(refused.value) and "9.0000" in str(refused.value)
        reverse(connection, use, "地块不再建设", LATER)
        reverse(connection, issue, "文件作废，重新下达", LATER)
    assert bureau.held() == {}


def test_a_reversal_in_plain_sql_mirrors_or_is_refused(bureau: Bureau) -> None:
    """Half of it, another account, an earlier day, another unit: each is refused by the database itself."""
    (first,) = bureau.post(quota.issued(SCALE, {TOWN: mu(10), NEIGHBOUR: mu(3)}, DAY))
    mirror = NewPosting(
        CITY,
        SCALE,
        QuotaEntry.REVERSED,
        DAY,
        (
            Line(Account(CITY, SCALE, OUTSIDE), mu(13)),
            Line(Account(TOWN, SCALE, AVAILABLE), mu(-10)),
            Line(Account(NEIGHBOUR, SCALE, AVAILABLE), mu(-3)),
        ),
        reason="文件作废，重新下达",
        reverses_id=first,
    )
    half = (Line(mirror.lines[0].account, mu(10)), mirror.lines[1])
    for wrong in (
        replace(mirror, lines=half),
        replace(mirror, effective_on=DAY - dt.timedelta(days=1)),
        replace(mirror, book=QuotaBook.PLANNED),
        replace(mirror, kind=RESERVE),
        replace(mirror, reverses_id=987_654),
    ):
        with pytest.raises((CannotClose, LedgerError)):
            bureau.post(wrong)
    bureau.post(mirror)
    assert bureau.held() == {}


def test_planned_postings_stand_beside_and_are_carried_out_once(bureau: Bureau) -> None:
    plan, other = bureau.post(
        quota.issued(SCALE, {TOWN: mu(10)}, DAY, book=QuotaBook.PLANNED),
        quota.planned(quota.handed_back(RESERVE, TOWN, mu(99), dt.date(2030, 1, 1))),
    )
    assert bureau.held() == {}
    coming = bureau.held(book=QuotaBook.PLANNED)
    assert coming[TOWN, "scale", "available", "", ""] == 10
    assert coming[TOWN, "reserve", "available", "", ""] == -99
    with bureau.as_() as connection:
        number = post(connection, quota.fulfilment(posting(connection, plan), LATER, reference="下达文"))
        with pytest.raises(AlreadyClosed):
            post(connection, quota.fulfilment(posting(connection, plan), LATER))
        with pytest.raises(AlreadyClosed):
            reverse(connection, plan, "计划取消了")
        with pytest.raises(CannotClose):
            post(connection, replace(quota.issued(SCALE, {TOWN: mu(1)}, DAY), fulfils_id=number))
        reverse(connection, other, "计划取消了")
    assert bureau.held(book=QuotaBook.PLANNED) == {}
    assert bureau.held()[TOWN, "scale", "available", "", ""] == 10


def test_what_cannot_stand_in_the_ledger(bureau: Bureau) -> None:
    tomorrow = today() + dt.timedelta(days=1)
    with pytest.raises(InFuture):
        bureau.post(quota.issued(SCALE, {TOWN: mu(1)}, tomorrow))
    bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, today()), quota.issued(RESERVE, {TOWN: mu(10)}, DAY))
    good = quota.moved(SCALE, TOWN, NEIGHBOUR, mu(1), today())
    with pytest.raises(NotBalanced):
        bureau.post(replace(good, lines=(good.lines[0], Line(good.lines[1].account, mu(2)))))
    with pytest.raises(NotBalanced):
        bureau.post(replace(good, lines=good.lines[:1]))
    for wrong in (
        replace(good, kind=RESERVE),
        replace(good, entry=QuotaEntry.ISSUED),
        replace(good, entry=QuotaEntry.EXPIRED),
        replace(good, admin_code=TOWN),
        replace(quota.issued(SCALE, {TOWN: mu(1)}, DAY), admin_code=COUNTY),
        replace(
            good,
            lines=(good.lines[0], Line(Account(ABROAD, SCALE, AVAILABLE), mu(1))),
        ),
        replace(good, lines=(good.lines[0], Line(Account(NEIGHBOUR, RESERVE, AVAILABLE), mu(1)))),
    ):
        with pytest.raises(LedgerError):
            bureau.post(wrong)


def test_saved_quota_goes_to_village_and_industry_first(bureau: Bureau) -> None:
    bureau.put(quota.saved(TOWN, "TZ1", mu(20), DAY, reference="验收文号"))
    bureau.put(quota.allotted(SAVED, TOWN, "P1", mu(5), DAY, ParcelUse.VILLAGE, lot="TZ1"))
    with pytest.raises(ReasonNeeded):
        quota.allotted(SAVED, TOWN, "P2", mu(5), DAY, ParcelUse.URBAN, lot="TZ1")
    reasoned = quota.allotted(
        SAVED, TOWN, "P2", mu(5), DAY, ParcelUse.URBAN, lot="TZ1", reason="县城安置房用地"
    )
    bureau.put(reasoned)
    for purpose in ("'urban'", "NULL"):
        with (
            bureau.owner.connect() as connection,
            pytest.raises(sa.exc.IntegrityError, match="other_use_has_reason"),
        ):
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.quota_postings (admin_code, book, entry, kind, effective_on, purpose, reason, "
                    f"made_by) VALUES ('{TOWN}', 'actual', 'allotted', 'saved', '2026-03-01', {purpose}, ' 无 ', 't')"
                )
            )
    with bureau.owner.connect() as connection:
        (left,) = lots(connection).itertuples()
        used = entries(connection, Filters(lot="TZ1", bucket=QuotaBucket.ALLOTTED))
    assert (left.project_no, left.admin_code, left.left_mu, left.allotted_mu) == ("TZ1", TOWN, 10, 10)
    assert list(used["parcel_no"]) == ["P2", "P1"] and list(used["purpose"]) == ["urban", "village"]
    assert used["reason"].iloc[0] == "县城安置房用地"


def test_lots_are_not_mixed(bureau: Bureau) -> None:
    bureau.put(quota.saved(TOWN, "TZ1", mu(20), DAY), quota.saved(TOWN, "TZ2", mu(20), DAY))
    mixed = NewPosting(
        COUNTY,
        SAVED,
        QuotaEntry.MOVED,
        DAY,
        (
            Line(Account(TOWN, SAVED, AVAILABLE, "TZ1"), mu(-1)),
            Line(Account(NEIGHBOUR, SAVED, AVAILABLE, "TZ2"), mu(1)),
        ),
    )
    with pytest.raises(NotBalanced):
        bureau.post(mixed, prefix="441821")


def test_who_posts_where(bureau: Bureau) -> None:
    """The city issues; a county moves within itself; another county, and other roles, do nothing."""
    bureau.post(quota.issued(SCALE, {TOWN: mu(50), NEIGHBOUR: mu(50), ABROAD: mu(50)}, DAY))
    bureau.put(quota.saved(COUNTY, "TZ1", mu(20), DAY))
    bureau.post(
        quota.moved(SCALE, TOWN, NEIGHBOUR, mu(1), DAY),
        quota.moved(SAVED, COUNTY, TOWN, mu(1), DAY, lot="TZ1"),
        prefix="441821",
    )
    bureau.post(quota.expired(SCALE, TOWN, mu(1), DAY), prefix="441821100")
    refused = [
        (quota.issued(SCALE, {TOWN: mu(1)}, DAY), "441821", Role.LAND_REVIEWER),
        (quota.handed_back(SCALE, TOWN, mu(1), DAY), "441821", Role.LAND_REVIEWER),
        (quota.moved(SCALE, TOWN, ABROAD, mu(1), DAY), "441821", Role.LAND_REVIEWER),
        (quota.saved(TOWN, "TZ9", mu(1), DAY), "441826", Role.LAND_REVIEWER),
        (quota.moved(SCALE, TOWN, NEIGHBOUR, mu(1), DAY), "441826", Role.LAND_REVIEWER),
        (quota.moved(SCALE, TOWN, NEIGHBOUR, mu(1), DAY), "441821100", Role.LAND_REVIEWER),
    ]
    refused += [
        (quota.issued(SCALE, {TOWN: mu(1)}, DAY), "4418", role)
        for role in Role
        if role is not Role.LAND_REVIEWER
    ]
    before = bureau.held()
    for new, prefix, role in refused:
        with pytest.raises(NotAllowed):
            bureau.post(new, prefix=prefix, role=role)
    assert bureau.held() == before


def test_a_line_cannot_be_slipped_past_its_posting(bureau: Bureau) -> None:
    """Not into a committed posting, not under another unit, book or day than the posting's own."""
    (first,) = bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY))
    added = sa.text(
        "INSERT INTO xiangtu.quota_lines (posting_id, account_id, admin_code, book, effective_on, amount_mu) "
        "SELECT :id, id, '441821100000', 'planned', '2020-01-01', 1 FROM xiangtu.quota_accounts "
        "WHERE bucket = 'available'"
    )
    for engine, prefix in ((bureau.app, "4418"), (bureau.app, "441821"), (bureau.owner, "4418")):
        with engine.connect() as connection:
            identity.tell(connection, bureau.secret(prefix))
            with pytest.raises(sa.exc.ProgrammingError, match="only added to"):
                connection.execute(added, {"id": first})
    with bureau.as_() as connection:
        post(connection, quota.issued(RESERVE, {TOWN: mu(1)}, DAY))
        stated = connection.execute(
            sa.text("SELECT DISTINCT admin_code, book, effective_on FROM xiangtu.quota_lines")
        )
        assert stated.all() == [(CITY, "actual", DAY)]


def test_who_and_when_is_not_for_the_sender_to_say(bureau: Bureau) -> None:
    with bureau.as_() as connection:
        made = connection.execute(
            sa.text(
                "INSERT INTO xiangtu.quota_postings (admin_code, book, entry, kind, effective_on, made_by, account_id, "
                f"made_at, made_in) VALUES ('{CITY}', 'actual', 'moved', 'scale', '2026-03-01', '他人', 1, "
                "'2001-01-01', '7') RETURNING made_by, account_id, made_at > now() - interval '1 minute'"
            )
        ).one()
        mine = connection.scalar(sa.text("SELECT access.account()"))
        assert tuple(made) == ("测试人员", mine, True)
        connection.rollback()


def test_a_posting_without_lines_is_not_committed(bureau: Bureau) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="two lines"), bureau.as_() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.quota_postings (admin_code, book, entry, kind, effective_on, made_by) VALUES "
                f"('{CITY}', 'planned', 'moved', 'scale', '2026-03-01', 't')"
            )
        )
    assert bureau.number_of("xiangtu.quota_postings") == 0


def _refused(connection: sa.Connection, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, connection.begin_nested():
        connection.execute(sa.text(statement))
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege), (statement, refused.value)


@pytest.mark.parametrize("table", TABLES)
def test_nobody_changes_deletes_or_empties(bureau: Bureau, table: str) -> None:
    """The pages as each role at the city, the role of imports, the owner, and the owner where triggers sleep."""
    bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY))
    wrong = (
        f"UPDATE {table} SET admin_code = admin_code",
        f"UPDATE {table} SET admin_code = '441826000000'",
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
        f"MERGE INTO {table} AS t USING (SELECT 1) AS s ON true WHEN MATCHED THEN DELETE",
    )
    for role in Role:
        with bureau.app.connect() as connection:
            identity.tell(connection, bureau.secret("4418", role))
            for statement in wrong:
                _refused(connection, statement)
    with bureau.owner.connect() as connection, connection.begin():
        connection.execute(sa.text(f"SET LOCAL ROLE {WRITER}"))
        for statement in (*wrong, f"INSERT INTO {table} DEFAULT VALUES", f"SELECT * FROM {table}"):
            _refused(connection, statement)
    with bureau.owner.connect() as connection:
        for statement in wrong:
            _refused(connection, statement)
        connection.execute(sa.text("SET session_replication_role = replica"))
        for statement in wrong:
            _refused(connection, statement)
        connection.execute(sa.text("RESET session_replication_role"))
    assert bureau.held()[TOWN, "scale", "available", "", ""] == 10


def test_balances_follow_from_lines_and_are_written_by_nobody(bureau: Bureau) -> None:
    bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY), quota.moved(SCALE, TOWN, NEIGHBOUR, mu(4), DAY))
    with bureau.owner.connect() as connection:
        _refused(connection, "UPDATE xiangtu.quota_balances SET amount_mu = 0")
        _refused(
            connection,
            "INSERT INTO xiangtu.quota_balances (account_id, admin_code) VALUES (987654, '441800000000')",
        )
        unlike = connection.execute(
            sa.text(
                "SELECT b.account_id FROM xiangtu.quota_balances AS b LEFT JOIN xiangtu.quota_lines AS l "
                "USING (account_id) GROUP BY b.account_id, b.amount_mu HAVING b.amount_mu <> sum(l.amount_mu)"
            )
        )
        assert unlike.all() == []


def test_reading_is_for_those_whom_the_matrix_names(bureau: Bureau) -> None:
    bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY))
    readers = {Role.LEADER, Role.PLANNER, Role.LAND_REVIEWER, Role.CLERK, Role.DATA_STEWARD, Role.AUDITOR}
    for role in Role:
        with bureau.as_("441826", role) as connection:
            assert bool(len(entries(connection))) == (role in readers), role


def test_postings_are_on_record(bureau: Bureau, tmp_path: Path) -> None:
    (first,) = bureau.post(quota.issued(SCALE, {TOWN: mu(10)}, DAY, reference="文号"))
    with bureau.as_() as connection:
        reverse(connection, first, "文件作废，重新下达")
    with bureau.owner.begin() as connection:
        post(connection, quota.issued(SCALE, {TOWN: mu(1)}, DAY), by="命令行")
    with bureau.owner.connect() as connection:
        found = record_list.entries(connection, record_list.Sought(obj="quota_posting"), 10)
        assert list(record.verify(connection, tmp_path)) == []
    assert [(one.action, one.account_name == "命令行") for one in found] == [
        ("quota_posted", True),
        ("quota_reversed", False),
        ("quota_posted", False),
    ]
    assert found[2].object_id == str(first) and found[2].after["amount_mu"] == "10.0000"
    assert found[1].reason == "文件作废，重新下达" and found[1].after["closes"] == first


def test_entries_behind_a_number(bureau: Bureau) -> None:
    bureau.put(
        quota.issued(SCALE, {TOWN: mu(10), NEIGHBOUR: mu(20)}, DAY),
        quota.allotted(SCALE, TOWN, "P1", mu(2), LATER, ParcelUse.PUBLIC, reference="批复"),
        quota.issued(SCALE, {TOWN: mu(7)}, LATER, book=QuotaBook.PLANNED),
    )

    def of(**given: object) -> list[Decimal]:
        with bureau.owner.connect() as connection:
            return list(entries(connection, Filters(**given))["amount_mu"])  # type: ignore[arg-type]

    assert of(prefix="441821100", kind=SCALE, bucket=AVAILABLE, book=QuotaBook.ACTUAL) == [-2, 10]
    assert of(parcel_no="P1") == [2]
    assert of(prefix="441821100", until=DAY, book=QuotaBook.ACTUAL) == [10]
    assert of(prefix="441821100", until=DAY) == [7, 10], (
        "the sum of what is planned has no day, and so its entries"
    )
    assert of(since=LATER, book=QuotaBook.ACTUAL) == [-2, 2]
    assert of(book=QuotaBook.PLANNED, bucket=AVAILABLE) == [7]
    assert of(kind=RESERVE) == []
