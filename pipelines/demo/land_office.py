"""What the demo's land bureau has done: its ledger opened, editions compared, some parcels on their way."""

import sqlalchemy as sa

from layers import Role
from pipelines.land.farmland import EditionMissing, latest_editions, watch_patches
from pipelines.land.opening import open_ledger
from pipelines.land.saved_opening import open_savings
from store import demo_doors, identity, sessions
from store.land import reviews

SURVEYORS = "自然资源局"
_REMARK = "模拟演示：资料齐全，符合规划"
_REASON = "模拟演示：缺村民代表会议决议，请补"
_WAYS: tuple[tuple[str, ...], ...] = (
    ("submit", "examine", "approve"),
    ("submit", "examine"),
    ("submit",),
    ("submit", "return_"),
)
"""Steps taken with one parcel each; what is left waits for somebody."""


def open_books(engine: sa.Engine) -> None:
    """Open the ledger with plan figures and savings, and compare the last two editions of the land survey."""
    open_ledger(engine, by=SURVEYORS)
    open_savings(engine, by=SURVEYORS)
    try:
        before, after = latest_editions(engine)
    except EditionMissing:
        return  # a demo of few villages may have none
    watch_patches(engine, before, after, by=SURVEYORS)


def lead_parcels(engine: sa.Engine) -> int:
    """Let the demo's people take some parcels of the clerk's township on their way; how many steps were taken.

    Nothing is done where the doors are shut, or where a parcel of that township has been handed in before.
    """
    with engine.connect() as connection:
        open_doors = demo_doors.doors(connection)
        accounts = {door.account: demo_doors.account(connection, door.account) for door in open_doors}
    clerk = next((door.account for door in open_doors if door.role is Role.CLERK), None)
    reviewers = [door.account for door in open_doors if door.role is Role.LAND_REVIEWER]
    if clerk is None or len(reviewers) < 2:
        return 0
    county, city = sorted(reviewers, key=len)[:2]
    people = {"submit": clerk, "examine": county, "return_": county, "approve": city}
    secrets = {
        name: sessions.open_session(engine, accounts[name], name, sessions.Visit("127.0.0.1", "demo"))
        for name in set(people.values())
    }
    taken = 0
    for number, way in zip(_free_parcels(engine, secrets[clerk]), _WAYS, strict=False):
        for step in way:
            _take(engine, secrets[people[step]], number, step)
            taken += 1
    for secret in secrets.values():
        sessions.end(engine, secret)
    return taken


def _free_parcels(engine: sa.Engine, clerk: str) -> list[str]:
    """Parcels of the clerk's township that nothing forbids; none if one of them has been handed in."""
    with engine.begin() as connection:
        identity.tell(connection, clerk)
        prefix = connection.scalar(sa.text("SELECT (access.prefixes('reviews', 'write'))[1]"))
        known = reviews.reviews(connection, str(prefix))
    if any(one.version for one in known):
        return []
    return [one.parcel_no for one in known if one.check and one.check.present and not one.check.prohibited]


def _take(engine: sa.Engine, secret: str, number: str, step: str) -> None:
    with engine.begin() as connection:
        identity.tell(connection, secret)
        seen = reviews.review(connection, number)
        if step == "return_":
            reviews.return_(connection, seen, _REASON)
        else:
            {"submit": reviews.submit, "examine": reviews.examine, "approve": reviews.approve}[step](
                connection, seen, _REMARK
            )
