"""Reports, checks, photos and states are kept in a session that replays a replica's changes, too.

A trigger that is enabled as usual does not fire under `session_replication_role = replica`, which the owner may set:
what is only added to could be changed there. The ledger's and the reviews' triggers fire always; now these do.
"""

from alembic import op

revision = "0029"
down_revision = "0028"

_TRIGGERS = {
    "progress_reports": ("only_added_to", "take_report", "stamp_report"),
    "progress_checks": ("only_added_to", "take_report_check", "stamp_report_check"),
    "progress_photos": ("only_added_to", "take_photo"),
    "project_states": ("only_added_to", "take_state", "carry_state"),
    "projects": ("hold_project",),
}


def _each(enable: str) -> None:
    for table, triggers in _TRIGGERS.items():
        for trigger in triggers:
            op.execute(f"ALTER TABLE xiangtu.{table} {enable} TRIGGER {trigger}")


def upgrade() -> None:
    _each("ENABLE ALWAYS")


def downgrade() -> None:
    _each("ENABLE")
