"""The record of what was done, as auditors read it: with filters, newest first, in pages."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

ACTIONS = (
    "signed_in",
    "signed_out",
    "sign_in_refused",
    "session_ended",
    "password_changed",
    "password_reset",
    "account_added",
    "account_changed",
    "imported",
    "indicators_computed",
    "unmasked",
    "exported",
    "unit_cost_changed",
    "candidates_proposed",
    "candidate_drawn",
    "candidate_changed",
    "candidate_withdrawn",
    "candidate_reopened",
    "scenario_saved",
    "scenario_deleted",
    "projects_carried",
    "quota_posted",
    "quota_reversed",
    "consolidation_accepted",
    "farmland_watched",
    "farmland_judged",
    "parcel_submit",
    "parcel_examine",
    "parcel_approve",
    "parcel_return",
    "parcel_withdraw",
    "parcel_revoke",
    "parcels_checked",
    "project_added",
    "project_changed",
    "project_state",
    "project_milestones",
    "project_links",
    "projects_imported",
    "reports_imported",
    "report_submitted",
    "report_corrected",
    "report_accepted",
    "report_returned",
    "assessment_ruled",
    "assessment_frozen",
    "assessment_objected",
    "assessment_answered",
    "inspection_drawn",
    "inspection_found",
)
"""What is recorded."""
OBJECTS = (
    "account",
    "session",
    "figures",
    "record",
    "unit_cost",
    "candidate",
    "scenario",
    "project",
    "quota_posting",
    "farmland_run",
    "farmland_change",
    "parcel_review",
    "progress_report",
    "assessment_rules",
    "assessment",
    "objection",
    "inspection",
)
"""What it is done to, besides feature types."""
_RECENT = 20_000
"""Entries whose people are offered to choose from."""
_WHERE = """
WHERE (CAST(:since AS timestamptz) IS NULL OR at >= :since)
  AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
  AND (CAST(:name AS text) IS NULL OR account_name = :name)
  AND (CAST(:action AS text) IS NULL OR action = :action)
  AND (CAST(:obj AS text) IS NULL OR object = :obj)
  AND (CAST(:words AS text) IS NULL OR position(lower(:words) IN lower(concat_ws(' ',
       account_name, roles, address, action, object, object_id, before, after, reason))) > 0)
"""


@dataclass(frozen=True)
class Sought:
    """Which entries are wanted; None is no limit. `until` is the first moment that is too late."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    name: str | None = None
    action: str | None = None
    obj: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class Entry:
    """An entry of the record; `roles` as ``role@prefix``, the time is UTC."""

    id: int
    at: dt.datetime
    account_name: str
    roles: tuple[str, ...]
    address: str | None
    action: str
    object: str
    object_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None


def entries(connection: sa.Connection, sought: Sought, most: int, skipped: int = 0) -> list[Entry]:
    """Entries that the transaction's person may see, newest first."""
    rows = connection.execute(
        sa.text(
            "SELECT id, at, account_name, roles, address, action, object, object_id, before, after, reason "
            f"FROM access.record {_WHERE} ORDER BY id DESC LIMIT :most OFFSET :skipped"
        ),
        {**sought.__dict__, "most": most, "skipped": skipped},
    )
    return [Entry(**{**row, "roles": tuple((row["roles"] or "").split())}) for row in rows.mappings()]


def count(connection: sa.Connection, sought: Sought) -> int:
    """How many entries there are."""
    return int(
        connection.execute(
            sa.text(f"SELECT count(*) FROM access.record {_WHERE}"), sought.__dict__
        ).scalar_one()
    )


def names(connection: sa.Connection) -> list[str]:
    """Who has done something lately: accounts, and who was named on the command line."""
    rows = connection.scalars(
        sa.text(
            "SELECT DISTINCT account_name FROM (SELECT account_name FROM access.record "
            "WHERE action <> 'sign_in_refused' ORDER BY id DESC LIMIT :recent) AS lately ORDER BY account_name"
        ),
        {"recent": _RECENT},
    )
    return list(rows)
