"""Reports, checks, photos and states are only added to, in a session that replays a replica's changes, too."""

import pytest
import sqlalchemy as sa

from pipelines.progress.photo import read_photo
from tests.photographed import photo
from tests.reported import PLACE, Office, new_report

_TABLES = {
    "progress_reports": "percent = 99",
    "progress_checks": "verdict = 'returned'",
    "progress_photos": "name = 'x'",
    "project_states": "reason = 'x'",
}


@pytest.fixture
def told(office: Office, project: int) -> Office:
    """A library in which each of the tables has a row."""
    picture = read_photo("1.jpg", photo(1, at=PLACE, size=(320, 240)))
    done = office.submit("clerk", new_report(project, 10), (picture,))
    office.check("county", done.report_id)
    with office.owner.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.project_states (project_id, admin_code, before, after, happened_on, reason, "
                "changed_by) SELECT id, admin_code, 'started', 'suspended', '2026-10-12', '汛期停工', 't' "
                "FROM xiangtu.projects"
            )
        )
    return office


@pytest.mark.parametrize("role", ["origin", "replica"])
@pytest.mark.parametrize("table", _TABLES)
def test_not_even_the_owner_changes_them(told: Office, table: str, role: str) -> None:
    for statement in (f"UPDATE xiangtu.{table} SET {_TABLES[table]}", f"DELETE FROM xiangtu.{table}",
                      f"TRUNCATE xiangtu.{table} CASCADE"):  # fmt: skip
        with (
            pytest.raises(sa.exc.DBAPIError, match="only added to"),
            told.owner.begin() as connection,
        ):
            connection.execute(sa.text(f"SET LOCAL session_replication_role = {role}"))
            connection.execute(sa.text(statement))
    assert told.count(f"xiangtu.{table}") == 1


def test_a_replica_s_session_reports_no_fall_without_a_reason_either(told: Office, project: int) -> None:
    with pytest.raises(sa.exc.DBAPIError) as refused, told.owner.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            sa.text(
                "INSERT INTO xiangtu.progress_reports (submission_key, project_id, admin_code, period, reported_on, "
                "percent, paid_yuan, channel, reported_by) SELECT gen_random_uuid(), id, admin_code, '2026-12-01', "
                "'2026-12-02', 5, 0, 'form', 't' FROM xiangtu.projects WHERE id = :project"
            ),
            {"project": project},
        )
    assert getattr(refused.value.orig, "sqlstate", "") == "XP015"
