"""Quota is allotted by an approval and brought by an acceptance: what is refused beside that, by plain SQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
import sqlalchemy as sa

from analysis import quota
from base.settings import settings
from layers import Role
from layers.codes import ParcelUse, QuotaEntry, QuotaKind, ReviewState
from store import identity
from store.embedded import Cluster
from store.engine import make_engine
from store.errors import NotAllowed
from store.land import ledger, reviews
from store.land.ledger_errors import LedgerError, NoAcceptance, NoApproval
from store.protection import APP
from tests import reviewed
from tests.store.land.bureau import COUNTY, TOWN, Bureau, mu
from tests.store.land.test_ledger import DAY

_ACCOUNTS = """
INSERT INTO xiangtu.quota_accounts (admin_code, kind, bucket, lot, parcel_no) VALUES
    (:county, 'saved', 'outside', 'TZ1', ''), (:town, 'saved', 'available', 'TZ1', ''),
    (:county, 'farmland', 'outside', 'TZ1', ''), (:town, 'farmland', 'available', 'TZ1', ''),
    (:town, 'reserve', 'allotted', '', 'P1'), (:town, 'reserve', 'allotted', '', '')
ON CONFLICT DO NOTHING
"""
_POSTING = """
INSERT INTO xiangtu.quota_postings (admin_code, book, entry, kind, effective_on, made_by{columns})
VALUES (:unit, 'actual', :entry, :kind, '2026-03-01', 't'{values}) RETURNING id
"""
_LINES = """
INSERT INTO xiangtu.quota_lines (posting_id, account_id, amount_mu)
SELECT :id, id, CASE bucket WHEN :source THEN -5 ELSE 5 END FROM xiangtu.quota_accounts
WHERE kind = :kind AND (bucket = :source OR bucket = :target AND parcel_no = :parcel) AND admin_code IN (:town, :county)
"""
BY_HAND = {
    "to a parcel": ("allotted", "reserve", "available", "allotted", "P1", "XQ007"),
    "to no parcel": ("allotted", "reserve", "available", "allotted", "", "XQ007"),
    "savings": ("saved", "saved", "outside", "available", "", "XQ008"),
    "farmland": ("saved", "farmland", "outside", "available", "", "XQ008"),
    "savings under another name": ("issued", "saved", "outside", "available", "", "XQ008"),
}
"""Entry, kind, the two buckets, parcel, and the state of the refusal."""


@pytest.fixture
def opened(bureau: Bureau) -> Bureau:
    """A township with reserve, and the accounts that the wrong entries need."""
    bureau.post(quota.issued(QuotaKind.RESERVE, {TOWN: mu(50)}, DAY))
    with bureau.owner.begin() as connection:
        connection.execute(sa.text(_ACCOUNTS), {"county": COUNTY, "town": TOWN})
    return bureau


def _post(connection: sa.Connection, way: str, columns: str = "", values: str = "") -> None:
    entry, kind, source, target, parcel, _ = BY_HAND[way]
    given = {
        "kind": kind,
        "source": source,
        "target": target,
        "parcel": parcel,
        "town": TOWN,
        "county": COUNTY,
    }
    statement = _POSTING.format(columns=columns, values=values)
    number = connection.execute(
        sa.text(statement), {"unit": COUNTY, "entry": entry, "kind": kind}
    ).scalar_one()
    connection.execute(sa.text(_LINES), given | {"id": number})


@contextmanager
def _as(opened: Bureau, role: Role) -> Iterator[sa.Connection]:
    """A transaction of someone with the role at the city, whose errors are the database's own."""
    with opened.app.begin() as connection:
        identity.tell(connection, opened.secret("4418", role))
        yield connection


@pytest.mark.parametrize("way", BY_HAND)
def test_nobody_allots_or_saves_by_hand(opened: Bureau, way: str) -> None:
    """The pages as each role at the city, the owner, and the owner where other triggers sleep."""
    before, held = opened.number_of("xiangtu.quota_postings"), opened.held()
    for role in Role:
        with pytest.raises(sa.exc.DBAPIError) as refused, _as(opened, role) as connection:
            _post(connection, way)
        state = refused.value.orig.sqlstate  # type: ignore[union-attr]
        assert state == (BY_HAND[way][-1] if role is Role.LAND_REVIEWER else "42501"), role
    for setting in ("origin", "replica"):
        with opened.owner.connect() as connection:
            connection.execute(sa.text(f"SET session_replication_role = {setting}"))
            with pytest.raises(sa.exc.DBAPIError) as refused:
                _post(connection, way)
                connection.commit()
            assert refused.value.orig.sqlstate == BY_HAND[way][-1]  # type: ignore[union-attr]
            connection.invalidate()
    assert opened.number_of("xiangtu.quota_postings") == before
    assert opened.held() == held


def test_no_person_marks_an_entry_as_opening_and_the_owner_may(opened: Bureau) -> None:
    for role in Role:
        with pytest.raises(sa.exc.DBAPIError) as refused, _as(opened, role) as connection:
            _post(connection, "to a parcel", ", opening", ", true")
        assert refused.value.orig.sqlstate == "42501"  # type: ignore[union-attr]
    with opened.owner.connect() as connection:
        identity.tell(connection, opened.secret("4418"))
        with pytest.raises(sa.exc.DBAPIError, match="no person opens"):
            _post(connection, "to a parcel", ", opening", ", true")
    with pytest.raises(NotAllowed), opened.as_() as connection:
        new = quota.allotted(QuotaKind.RESERVE, TOWN, "P1", mu(5), DAY, ParcelUse.VILLAGE)
        ledger.post(connection, new, part_of=ledger.PartOf.OPENING)
    with opened.owner.begin() as connection:
        for way in BY_HAND:
            _post(connection, way, ", opening", ", true")
    assert opened.held()[TOWN, "reserve", "allotted", "", "P1"] == 5


def test_what_is_refused_is_told_and_the_transaction_goes_on(opened: Bureau) -> None:
    wrong: list[tuple[quota.NewPosting, type[LedgerError]]] = [
        (quota.allotted(QuotaKind.RESERVE, TOWN, "P1", mu(1), DAY, ParcelUse.VILLAGE), NoApproval),
        (quota.saved(TOWN, "TZ1", mu(1), DAY), NoAcceptance),
        (quota.saved(TOWN, "TZ1", mu(1), DAY, kind=QuotaKind.FARMLAND), NoAcceptance),
    ]
    with opened.as_() as connection:
        for new, error in wrong:
            with pytest.raises(error) as told:
                ledger.post(connection, new)
            assert "没有记账" in told.value.sentence("zh") and "Nothing was posted" in told.value.sentence(
                "en"
            )
        # A plan is no use yet; it is refused when it is carried out.
        plan = ledger.post(connection, quota.planned(wrong[0][0]))
        with pytest.raises(NoApproval):
            ledger.post(connection, quota.fulfilment(ledger.posting(connection, plan), DAY))
        ledger.post(connection, quota.expired(QuotaKind.RESERVE, TOWN, mu(1), DAY))
    assert opened.held()[TOWN, "reserve", "available", "", ""] == 49


def test_an_acceptance_covers_what_it_says_and_no_more(opened: Bureau) -> None:
    """Named by an acceptance of another amount or another project: refused at the end of the transaction."""
    accepted = sa.text(
        "INSERT INTO xiangtu.consolidation_acceptances (project_no, admin_code, accepted_on, new_farmland_mu, "
        "saved_mu, posting_id, made_by) VALUES (:no, :town, '2026-03-01', 0, :mu, :id, 't')"
    )
    saved = quota.saved(TOWN, "TZ1", mu(5), DAY)
    for no, amount in (("TZ1", 6), ("TZ2", 5)):
        with pytest.raises(sa.exc.DBAPIError, match="only an acceptance"), opened.owner.begin() as connection:
            number = ledger.post(connection, saved, by="t", part_of=ledger.PartOf.ACCEPTANCE)
            connection.execute(accepted, {"no": no, "town": TOWN, "mu": amount, "id": number})
    with opened.owner.begin() as connection:
        number = ledger.post(connection, saved, by="t", part_of=ledger.PartOf.ACCEPTANCE)
        connection.execute(accepted, {"no": "TZ1", "town": TOWN, "mu": 5, "id": number})
    assert opened.held()[TOWN, "saved", "available", "TZ1", ""] == 5


@pytest.fixture
def reviewing(cluster: Cluster, database: sa.Engine) -> Iterator[reviewed.Bureau]:
    """A parcel that was examined."""
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    made = reviewed.Bureau(database, app)
    made.put_parcel()
    made.put_check()
    made.issue()
    made.bring("examined")
    yield made
    app.dispose()


@pytest.mark.parametrize("other", ["P9", ""])
def test_nothing_rides_along_with_an_approval(
    reviewing: reviewed.Bureau, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A posting that gives the parcel its area, and 10 亩 of the county to another, or to none."""
    reviewing.issue(COUNTY, "10")
    area, kind = Decimal("16.89"), QuotaKind.RESERVE
    lines = (
        quota.Line(quota.available(TOWN, kind), -area),
        quota.Line(quota.available(COUNTY, kind), mu(-10)),
        quota.Line(quota.allotted_to(TOWN, kind, reviewed.PARCEL), area),
        quota.Line(quota.allotted_to(COUNTY, kind, other), mu(10)),
    )
    new = quota.NewPosting(
        COUNTY, kind, QuotaEntry.ALLOTTED, ledger.today(), lines, purpose=ParcelUse.VILLAGE
    )

    def more(connection: sa.Connection, **_: object) -> int:
        return ledger.post(connection, new, part_of=ledger.PartOf.APPROVAL)

    with monkeypatch.context() as patched:
        patched.setattr(reviews.allotments, "allot", more)
        with pytest.raises(sa.exc.DBAPIError, match="only an approval allots"):
            reviewing.step("city", "approve", "同意用地申请")
    assert reviewing.seen("city").state is ReviewState.EXAMINED
    assert (reviewing.available(), reviewing.available(COUNTY)) == (100, 10)
    assert reviewing.step("city", "approve", "同意用地申请").state is ReviewState.APPROVED
    assert reviewing.allotted() == area
