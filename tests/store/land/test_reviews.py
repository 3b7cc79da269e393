"""Reviews of parcels by the functions that pages call: the way of a parcel, what is refused, and in which words."""

import datetime as dt
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from access import Person
from analysis import quota
from analysis.parcel_review import TRANSITIONS, ReviewAction
from base.settings import settings
from layers.codes import QuotaKind, ReviewState
from store import identity, record
from store.embedded import Cluster
from store.engine import changing, make_engine
from store.errors import NotAllowed, RecordChanged
from store.land import ledger, review_errors, reviews
from store.land.attachments import accepted
from store.land.ledger_errors import OfApproval
from store.protection import APP
from store.working_days import working_days
from tests.reviewed import COUNTY, FOREIGN, PARCEL, PEOPLE, TOWN, Bureau

AREA_MU = Decimal("16.89")
"""11,262.3 m² are 16.89345 亩."""
SAID = "现场踏勘，情况属实"


@pytest.fixture
def bureau(cluster: Cluster, database: sa.Engine) -> Iterator[Bureau]:
    app = make_engine(cluster.url(str(database.url.database), user=APP), settings())
    made = Bureau(database, app)
    made.put_parcel()
    made.put_check()
    made.issue()
    yield made
    app.dispose()


def test_the_database_has_the_machine_of_the_program(bureau: Bureau) -> None:
    with bureau.owner.connect() as connection:
        rows = connection.execute(
            sa.text("SELECT before, action, office, after, remark_needed FROM xiangtu.review_transitions")
        )
        stored = {tuple(row) for row in rows}
    assert stored == {
        (str(t.before), str(t.action), str(t.office), str(t.after), t.remark_needed) for t in TRANSITIONS
    }


def test_the_way_of_a_parcel(bureau: Bureau, tmp_path: Path) -> None:
    draft = bureau.seen("clerk")
    assert (draft.state, draft.version, draft.area_mu, draft.last) == (ReviewState.DRAFT, 0, AREA_MU, None)
    handed_in = bureau.step("clerk", "submit")
    assert (handed_in.state, handed_in.round, handed_in.version) == (ReviewState.SUBMITTED, 1, 1)
    today = ledger.today()
    assert handed_in.due_on == working_days().due_after(today, 10) and not handed_in.overdue
    examined = bureau.step("county", "examine", "同意上报")
    assert (examined.state, examined.due_on) == (ReviewState.EXAMINED, working_days().due_after(today, 15))
    approved = bureau.step("city", "approve", "同意")
    assert (approved.state, approved.due_on, approved.version) == (ReviewState.APPROVED, None, 3)
    assert (bureau.available(), bureau.allotted()) == (Decimal(100) - AREA_MU, AREA_MU)
    with bureau.looking("auditor") as connection:
        taken = reviews.steps(connection, PARCEL)
        entries = {
            row.id: (row.action, row.object_id, row.account_name)
            for row in connection.execute(
                sa.text("SELECT id, action, object_id, account_name FROM access.record")
            )
        }
        posting = ledger.posting(connection, int(approved.posting_id or 0))
    assert [(s.action, s.made_by, s.from_state, s.to_state) for s in taken] == [
        (ReviewAction.SUBMIT, "clerk", ReviewState.DRAFT, ReviewState.SUBMITTED),
        (ReviewAction.EXAMINE, "county", ReviewState.SUBMITTED, ReviewState.EXAMINED),
        (ReviewAction.APPROVE, "city", ReviewState.EXAMINED, ReviewState.APPROVED),
    ]
    assert [s.roles for s in taken] == [
        "clerk@441821100", "land_reviewer@441821", "land_reviewer@4418",
    ]  # fmt: skip
    assert all(s.parcel_digest == draft.digest and s.check_id == draft.check.id for s in taken)  # type: ignore[union-attr]
    assert [s.at for s in taken] == sorted(s.at for s in taken)
    for one in taken:
        assert entries[one.record_id] == (f"parcel_{one.action}", PARCEL, one.account_name)
    assert (posting.id, posting.made_by) == (taken[-1].posting_id, "city")
    assert [line.amount_mu for line in posting.lines] == [-AREA_MU, AREA_MU]
    with bureau.owner.connect() as connection:
        assert list(record.verify(connection, tmp_path)) == []


def test_returned_handed_in_again_and_revoked(bureau: Bureau) -> None:
    bureau.step("clerk", "submit")
    back = bureau.step("county", "return_", "缺少村民会议决议")
    assert (back.state, back.due_on, back.last and back.last.remark) == (
        ReviewState.RETURNED, None, "缺少村民会议决议",
    )  # fmt: skip
    assert [one.parcel_no for one in _inbox(bureau, "clerk")] == [PARCEL]
    again = bureau.step("clerk", "submit", "已补决议")
    assert (again.state, again.round) == (ReviewState.SUBMITTED, 2)
    bureau.step("county", "examine")
    by_city = bureau.step("city", "return_", "用途与规划不符")
    assert by_city.state is ReviewState.RETURNED
    bureau.step("clerk", "submit")
    bureau.step("county", "examine")
    bureau.step("city", "approve")
    assert bureau.allotted() == AREA_MU
    revoked = bureau.step("other_city", "revoke", "申请单位放弃用地")
    assert (revoked.state, revoked.posting_id, revoked.round) == (ReviewState.RETURNED, None, 3)
    assert (bureau.available(), bureau.allotted()) == (Decimal(100), Decimal(0))
    bureau.step("clerk", "submit")
    bureau.step("county", "examine")
    assert bureau.step("city", "approve").state is ReviewState.APPROVED
    assert bureau.allotted() == AREA_MU


def test_withdrawn_by_who_handed_it_in_only(bureau: Bureau) -> None:
    bureau.step("clerk", "submit")
    with pytest.raises(review_errors.NotYours):
        bureau.step("other_clerk", "withdraw")
    bureau.step("county", "examine")
    assert bureau.step("clerk", "withdraw").state is ReviewState.WITHDRAWN
    assert bureau.step("other_clerk", "submit").round == 2
    with pytest.raises(review_errors.NotYours):
        bureau.step("clerk", "withdraw")
    assert bureau.step("other_clerk", "withdraw").state is ReviewState.WITHDRAWN


@pytest.mark.parametrize("action", ["examine", "return_", "approve", "revoke"])
def test_nobody_judges_their_own_whatever_roles_they_hold(bureau: Bureau, action: str) -> None:
    bureau.step("all_offices", "submit")
    if action in ("approve", "revoke"):
        bureau.step("county", "examine")
    if action == "revoke":
        bureau.step("city", "approve")
    before = bureau.counts()
    with pytest.raises(review_errors.OwnParcel) as refused:
        bureau.step("all_offices", action, SAID)
    assert PARCEL in refused.value.sentence("zh") and PARCEL in refused.value.sentence("en")
    assert bureau.counts() == before


def test_who_handed_it_in_once_never_judges_it(bureau: Bureau) -> None:
    bureau.step("all_offices", "submit")
    bureau.step("county", "return_", SAID)
    bureau.step("clerk", "submit")
    with pytest.raises(review_errors.OwnParcel):
        bureau.step("all_offices", "examine")


def test_the_examiner_does_not_approve(bureau: Bureau) -> None:
    bureau.step("clerk", "submit")
    bureau.step("all_offices", "examine")
    with pytest.raises(review_errors.ExaminedByYou):
        bureau.step("all_offices", "approve")
    assert _inbox(bureau, "all_offices") == []
    assert bureau.step("city", "approve").state is ReviewState.APPROVED


def test_a_parcel_needs_a_check_as_it_is(bureau: Bureau) -> None:
    bureau.put_parcel("DK-002", x=113.6)
    with pytest.raises(review_errors.CheckNeeded):
        bureau.step("clerk", "submit", parcel="DK-002")
    bureau.put_parcel(x=113.51)
    with pytest.raises(review_errors.CheckNeeded):
        bureau.step("clerk", "submit")
    bureau.put_check()
    assert bureau.step("clerk", "submit").state is ReviewState.SUBMITTED


def test_what_is_prohibited_is_returned_not_approved(bureau: Bureau) -> None:
    bureau.put_check(prohibited=2)
    bureau.step("clerk", "submit")
    bureau.step("county", "examine")
    with pytest.raises(review_errors.Prohibited, match="2 处"):
        bureau.step("city", "approve", SAID)
    assert bureau.available() == 100
    assert bureau.step("city", "return_", "占用永久基本农田").state is ReviewState.RETURNED


def test_what_is_restricted_asks_for_a_remark_at_every_step(bureau: Bureau) -> None:
    bureau.put_check(restricted=1)
    for name, action in (("clerk", "submit"), ("county", "examine"), ("city", "approve")):
        with pytest.raises(review_errors.RemarkForConflict):
            bureau.step(name, action, "好 的")
        bureau.step(name, action, "已做地质灾害评估")
    assert bureau.allotted() == AREA_MU


@pytest.mark.parametrize(("state", "action", "name"), [
    ("submitted", "return_", "county"), ("examined", "return_", "city"), ("approved", "revoke", "city"),
])  # fmt: skip
def test_what_goes_back_says_why(bureau: Bureau, state: str, action: str, name: str) -> None:
    bureau.bring(state)
    for remark in ("", "   ", "不 行"):
        with pytest.raises(review_errors.RemarkNeeded):
            bureau.step(name, action, remark)
    assert bureau.step(name, action, SAID).state is ReviewState.RETURNED


def test_a_remark_has_an_end(bureau: Bureau) -> None:
    with pytest.raises(review_errors.RemarkTooLong):
        bureau.step("clerk", "submit", "长" * 2001)
    assert bureau.step("clerk", "submit", "长" * 2000).state is ReviewState.SUBMITTED


def test_a_parcel_that_changed_since_one_looked(bureau: Bureau) -> None:
    bureau.bring("submitted")
    seen = bureau.seen("county")
    bureau.put_parcel(x=113.52)
    with bureau.as_("county") as connection, pytest.raises(review_errors.ParcelChanged):
        reviews.examine(connection, seen)
    with pytest.raises(review_errors.ChangedSinceSubmitted):
        bureau.step("county", "examine")
    assert bureau.seen("county").changed_since_submitted
    assert bureau.step("county", "return_", "地块范围已变").state is ReviewState.RETURNED


@pytest.mark.parametrize("change", [
    {"quota_kind": "annual"}, {"use": "industry"}, {"project_no": "TZ-9"}, {"code": "441821100202"},
])  # fmt: skip
def test_what_decides_about_quota_is_part_of_the_parcel(bureau: Bureau, change: dict[str, str]) -> None:
    bureau.bring("examined")
    bureau.put_parcel(**change)  # type: ignore[arg-type]
    bureau.put_check()
    with pytest.raises(review_errors.ChangedSinceSubmitted):
        bureau.step("city", "approve", SAID)


def test_a_check_that_came_since_one_looked(bureau: Bureau) -> None:
    bureau.bring("submitted")
    seen = bureau.seen("county")
    bureau.put_check(prohibited=1)
    with bureau.as_("county") as connection, pytest.raises(review_errors.CheckedAnew):
        reviews.examine(connection, seen, SAID)
    assert bureau.step("county", "examine").check.prohibited == 1  # type: ignore[union-attr]


def test_two_reviewers_at_one_parcel(bureau: Bureau) -> None:
    bureau.bring("submitted")
    seen = bureau.seen("other_county")
    bureau.step("county", "return_", "缺少图件资料")
    with bureau.as_("other_county") as connection, pytest.raises(RecordChanged) as refused:
        reviews.examine(connection, seen)
    now = refused.value.now
    assert isinstance(now, reviews.Review) and now.state is ReviewState.RETURNED
    zh, en = refused.value.sentence("zh"), refused.value.sentence("en")
    assert "county" in zh and "退回" in zh and "缺少图件资料" in zh
    assert "return" in en and "缺少图件资料" in en


def test_a_second_click_is_no_second_step(bureau: Bureau) -> None:
    bureau.bring("examined")
    seen = bureau.seen("city")
    for _ in range(3):
        with bureau.as_("city") as connection:
            assert reviews.approve(connection, seen).state is ReviewState.APPROVED
    assert bureau.counts()["review_steps"] == 3
    assert bureau.allotted() == AREA_MU


@pytest.mark.parametrize("rivals", [("city", "city"), ("city", "other_city")])
def test_many_at_once_make_one_step(bureau: Bureau, rivals: tuple[str, str]) -> None:
    """Eight connections that approve what they all saw: one approval, one posting, the others are told."""
    bureau.bring("examined")
    seen = {name: bureau.seen(name) for name in rivals}
    start, told = threading.Barrier(8), []

    def approve(name: str) -> None:
        start.wait()
        try:
            with identity.acting(bureau.secret(name)), changing(bureau.app) as connection:
                told.append(reviews.approve(connection, seen[name]).state)
        except RecordChanged as error:
            told.append(error.now.last.made_by)  # type: ignore[attr-defined]

    crowd = [threading.Thread(target=approve, args=(rivals[turn % 2],)) for turn in range(8)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert len(told) == 8
    assert bureau.counts() | {"quota_postings": 2} == bureau.counts()
    assert bureau.counts()["review_steps"] == 3
    assert (bureau.available(), bureau.allotted()) == (Decimal(100) - AREA_MU, AREA_MU)
    same = sum(state is ReviewState.APPROVED for state in told)
    assert same == (8 if rivals[0] == rivals[1] else 4)


def test_quota_for_one_of_two_parcels(bureau: Bureau) -> None:
    """Two parcels, approved at once by two people, and quota for one: one is approved, the other is what it was."""
    bureau.put_parcel("DK-002", x=113.6, area_m2=60_000)
    bureau.put_parcel("DK-003", x=113.7, area_m2=60_000)
    for parcel in ("DK-002", "DK-003"):
        bureau.put_check(parcel)
        bureau.bring("examined", parcel)
    seen = {"city": bureau.seen("city", "DK-002"), "other_city": bureau.seen("other_city", "DK-003")}
    start, told = threading.Barrier(2), []

    def approve(name: str) -> None:
        start.wait()
        try:
            with identity.acting(bureau.secret(name)), changing(bureau.app) as connection:
                told.append(reviews.approve(connection, seen[name]).state)
        except review_errors.NoQuota as error:
            told.append(error)

    crowd = [threading.Thread(target=approve, args=(name,)) for name in seen]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    states = sorted(str(bureau.seen("city", parcel).state) for parcel in ("DK-002", "DK-003"))
    assert states == ["approved", "examined"]
    assert bureau.available() == 10
    assert sum(isinstance(one, review_errors.NoQuota) for one in told) == 1


def test_without_quota_nothing_changes_and_the_sentence_says_what_is_there(bureau: Bureau) -> None:
    bureau.put_parcel(area_m2=80_000)
    bureau.put_check()
    bureau.bring("examined")
    bureau.issue(COUNTY, "119.99")
    before = bureau.counts()
    with pytest.raises(review_errors.NoQuota) as refused:
        bureau.step("city", "approve")
    zh, en = refused.value.sentence("zh"), refused.value.sentence("en")
    assert "120.00" in zh and "100.00 亩" in zh and "119.99 亩" in zh and "乡村振兴预留规模" in zh
    assert "120.00" in en and "119.99 mu" in en
    assert bureau.counts() == before
    assert bureau.seen("city").state is ReviewState.EXAMINED
    bureau.issue(COUNTY, "0.01")
    assert bureau.step("city", "approve").state is ReviewState.APPROVED
    assert (bureau.available(), bureau.available(COUNTY)) == (100, 0)
    assert bureau.allotted(unit=COUNTY) == 120


def test_saved_quota_by_its_project(bureau: Bureau) -> None:
    with bureau.owner.begin() as connection:
        for lot in ("TZ-1", "TZ-2"):
            new = quota.saved(COUNTY, lot, Decimal(30), ledger.today(), reference="验收")
            ledger.post(connection, new, by="tests", part_of=ledger.PartOf.OPENING)
    bureau.put_parcel(quota_kind="saved", project_no="TZ-2", use="tourism")
    bureau.put_check()
    bureau.bring("examined")
    with pytest.raises(Exception, match="理由"):
        bureau.step("city", "approve")
    bureau.step("city", "approve", "镇里没有村庄建设需求")
    saved = QuotaKind.SAVED
    assert bureau.available(COUNTY, saved, "TZ-2") == 30 - AREA_MU
    assert bureau.available(COUNTY, saved, "TZ-1") == 30
    assert bureau.allotted(unit=COUNTY, kind=saved, lot="TZ-2") == AREA_MU


@pytest.mark.parametrize(
    ("area_m2", "mu"),
    [(11_262.3, "16.89"), (10_000, "15.00"), (6_670.0, "10.01"), (6_669.999_9, "10.00"), (3.34, "0.01")],
)
def test_area_is_rounded_to_a_hundredth_of_a_mu_halves_up(bureau: Bureau, area_m2: float, mu: str) -> None:
    bureau.put_parcel(area_m2=area_m2)
    bureau.put_check()
    assert str(bureau.seen("city").area_mu) == mu
    bureau.bring("approved")
    assert bureau.allotted() == Decimal(mu)


def test_the_quota_of_an_approval_changes_with_the_approval_only(bureau: Bureau) -> None:
    approved = bureau.bring("approved")
    today, reserve = ledger.today(), approved.quota_kind
    beside = [
        quota.returned(reserve, TOWN, PARCEL, AREA_MU, today),
        quota.returned(reserve, TOWN, PARCEL, Decimal("0.01"), today),
        quota.allotted(reserve, TOWN, PARCEL, Decimal("0.01"), today, approved.parcel_use),
    ]
    with bureau.as_("city") as connection:
        with pytest.raises(OfApproval) as told:
            ledger.reverse(connection, int(approved.posting_id or 0), "不经撤销直接冲正")
        for new in beside:
            with pytest.raises(OfApproval):
                ledger.post(connection, new)
        ledger.post(connection, quota.planned(beside[0]))
    assert PARCEL in told.value.sentence("zh")
    assert PARCEL in told.value.sentence("en")
    assert bureau.allotted() == AREA_MU
    bureau.step("city", "revoke", SAID)
    assert bureau.allotted() == 0


def test_a_revocation_without_its_step_leaves_nothing(bureau: Bureau) -> None:
    approved = bureau.bring("approved")
    with pytest.raises(sa.exc.DBAPIError, match="revoke the approval"), bureau.as_("city") as connection:
        ledger.reverse(connection, int(approved.posting_id or 0), SAID, part_of=ledger.PartOf.REVOCATION)
    assert bureau.allotted() == AREA_MU


def _inbox(bureau: Bureau, name: str) -> list[reviews.Review]:
    with bureau.looking(name) as connection:
        return reviews.inbox(connection)


def test_inbox_and_what_was_sent(bureau: Bureau) -> None:
    for turn in range(2, 6):
        bureau.put_parcel(f"DK-00{turn}", x=113.5 + turn / 50)
        bureau.put_check(f"DK-00{turn}")
    bureau.put_parcel("LN-001", FOREIGN)
    bureau.put_check("LN-001")
    for turn, state in enumerate(("submitted", "examined", "returned", "withdrawn"), start=2):
        bureau.bring(state, f"DK-00{turn}")
    bureau.step("foreign_clerk", "submit", parcel="LN-001")

    def numbers(name: str) -> list[str]:
        return [one.parcel_no for one in _inbox(bureau, name)]

    assert numbers("county") == ["DK-002"] == numbers("other_county")
    assert numbers("city") == ["DK-003"]
    assert numbers("foreign_county") == ["LN-001"]
    assert numbers("clerk") == ["DK-004"]
    assert numbers("other_clerk") == [] == numbers("leader") == numbers("auditor")
    assert numbers("all_offices") == ["DK-002", "DK-003"]
    with bureau.looking("clerk") as connection:
        sent = [one.parcel_no for one in reviews.sent(connection)]
        listed = reviews.reviews(connection)
        waiting = reviews.reviews(connection, states=[ReviewState.EXAMINED])
    assert sent == ["DK-005", "DK-004", "DK-003", "DK-002"]
    assert [one.parcel_no for one in listed if one.state is ReviewState.DRAFT] == [PARCEL]
    assert [one.parcel_no for one in waiting] == ["DK-003"]
    assert {one.parcel_no for one in listed} == {f"DK-00{n}" for n in range(1, 6)}


def test_overdue(bureau: Bureau) -> None:
    bureau.bring("submitted")
    with bureau.owner.begin() as connection:
        connection.execute(sa.text("ALTER TABLE xiangtu.parcel_reviews DISABLE TRIGGER by_steps_only"))
        connection.execute(sa.text("UPDATE xiangtu.parcel_reviews SET due_on = current_date - 3"))
        connection.execute(sa.text("ALTER TABLE xiangtu.parcel_reviews ENABLE ALWAYS TRIGGER by_steps_only"))
    (late,) = _inbox(bureau, "county")
    assert late.overdue and late.due_on is not None and late.due_on < dt.date.today()


@pytest.mark.parametrize("name", ["foreign_clerk", "foreign_county", "housing", "admin"])
def test_a_parcel_of_another_place_is_unknown(bureau: Bureau, name: str) -> None:
    bureau.bring("submitted")
    with bureau.looking(name) as connection:
        with pytest.raises(review_errors.UnknownParcel):
            reviews.review(connection, PARCEL)
        assert reviews.reviews(connection) == []
        assert reviews.steps(connection, PARCEL) == []


def test_nobody_is_nobody(bureau: Bureau) -> None:
    with changing(bureau.app) as connection:
        assert reviews.inbox(connection) == [] == reviews.sent(connection)
        with pytest.raises(review_errors.UnknownParcel):
            reviews.review(connection, PARCEL)


def test_buttons_are_what_the_functions_allow(bureau: Bureau) -> None:
    """`actions_for` says the same as trying, for every person in every state."""
    tried = {
        ReviewAction.SUBMIT: reviews.submit, ReviewAction.EXAMINE: reviews.examine,
        ReviewAction.APPROVE: reviews.approve, ReviewAction.RETURN: reviews.return_,
        ReviewAction.WITHDRAW: reviews.withdraw, ReviewAction.REVOKE: reviews.revoke,
    }  # fmt: skip
    allowed = {
        ("draft", "submit"): {"clerk", "other_clerk", "town_reviewer", "county", "other_county", "city",
                              "other_city", "all_offices"},
        ("submitted", "withdraw"): {"clerk"},
        ("submitted", "examine"): {"county", "other_county", "all_offices"},
        ("submitted", "return"): {"county", "other_county", "all_offices"},
        ("examined", "withdraw"): {"clerk"},
        ("examined", "approve"): {"city", "other_city", "all_offices"},
        ("examined", "return"): {"city", "other_city", "all_offices"},
        ("approved", "revoke"): {"city", "other_city", "all_offices"},
    }  # fmt: skip
    for back in ("returned", "withdrawn"):
        allowed[back, "submit"] = allowed["draft", "submit"]
    for number, state in enumerate(ReviewState):
        parcel = f"X-{number}"
        bureau.put_parcel(parcel, x=113.5 + number / 50)
        bureau.put_check(parcel)
        bureau.bring(str(state), parcel)
        for name, held in PEOPLE.items():
            for action, function in tried.items():
                may = name in allowed.get((str(state), str(action)), set())
                assert _tried(bureau, name, parcel, function) is may, (state, name, action)
                if name not in ("foreign_clerk", "foreign_county", "housing", "admin"):
                    person = Person(_account(bureau, name), 0, name, name, held)
                    shown = reviews.actions_for(bureau.seen(name, parcel), person)
                    assert (action in shown) is may, (state, name, action)


def _account(bureau: Bureau, name: str) -> int:
    with bureau.looking(name) as connection:
        return int(connection.execute(sa.text("SELECT access.account()")).scalar_one())


def _tried(bureau: Bureau, name: str, parcel: str, function: object) -> bool:
    """Whether a step can be taken; it is taken back."""
    with identity.acting(bureau.secret(name)), bureau.app.connect() as connection:
        identity.tell(connection, bureau.secret(name))
        try:
            seen = reviews.review(connection, parcel)
            function(connection, seen, SAID)  # type: ignore[operator]
        except review_errors.ReviewError:
            return False
        finally:
            connection.rollback()
    return True


def test_files_come_with_their_step(bureau: Bureau) -> None:
    plan = accepted("规划/附图.txt", "地块范围说明".encode())
    bureau.step("clerk", "submit", files=(plan,))
    bureau.step("county", "examine", files=(accepted("意见.txt", "同意".encode("gb18030")),))
    with bureau.looking("city") as connection:
        kept = reviews.files(connection, PARCEL)
        taken = reviews.steps(connection, PARCEL)
        content = [reviews.file_content(connection, one.id) for one in kept]
    assert [(one.name, one.media_type, one.step_id) for one in kept] == [
        ("规划_附图.txt", "text/plain", taken[0].id), ("意见.txt", "text/plain", taken[1].id),
    ]  # fmt: skip
    assert content == ["地块范围说明".encode(), "同意".encode()]
    with bureau.looking("foreign_county") as connection:
        assert reviews.files(connection, PARCEL) == []
        with pytest.raises(NotAllowed):
            reviews.file_content(connection, kept[0].id)


def test_a_step_takes_ten_files(bureau: Bureau) -> None:
    few = [accepted(f"{n}.txt", b"x") for n in range(11)]
    with pytest.raises(review_errors.TooManyFiles):
        bureau.step("clerk", "submit", files=few)
    bureau.step("clerk", "submit", files=few[:10])
    assert bureau.counts()["review_files"] == 10


def test_other_steps_than_the_machines_are_none(bureau: Bureau) -> None:
    with pytest.raises(review_errors.NoSuchStep, match="未报审"):
        bureau.step("city", "approve")
    bureau.bring("approved")
    with pytest.raises(review_errors.NoSuchStep) as refused:
        bureau.step("clerk", "withdraw")
    assert "approved" in refused.value.sentence("en")


def test_another_office_is_named(bureau: Bureau) -> None:
    bureau.bring("submitted")
    with pytest.raises(review_errors.OfficeNeeded) as refused:
        bureau.step("city", "examine")
    assert "县" in refused.value.sentence("zh") and "county" in refused.value.sentence("en")
    assert TOWN.startswith("441821")
