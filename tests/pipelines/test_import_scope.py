"""An import for a person: rows outside the scope are rejected in words, and PostgreSQL would refuse them anyway."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from access import Assignment, Person
from layers import Role, feature_type
from pipelines.import_ import ImportOptions, checks, import_file
from pipelines.import_.findings import Check
from store import identity, sessions
from store.errors import NotAllowed
from tests import signed_in

CLINICS = (
    "行政区划代码,机构编号,机构名称,床位数,经度,纬度\n"
    "441881103201,C1,甲村卫生站,3,113.05,24.05\n"
    "441881104201,C2,乙村卫生站,2,113.25,24.05\n"
)


@pytest.fixture
def villages(database: sa.Engine) -> sa.Engine:
    """Two villages of two towns of a county."""
    shape = "ST_Multi(ST_MakeEnvelope({0}, 24, {1}, 24.1, 4490))"
    with database.begin() as connection:
        for code, west in (("441881103201", 113.0), ("441881104201", 113.2)):
            connection.execute(
                sa.text(
                    "INSERT INTO feature.admin_units (admin_code, name, level, kind, geom) VALUES "
                    f"(:code, :name, 'village', 'village', {shape.format(west, west + 0.1)})"
                ),
                {"code": code, "name": code},
            )
    return database


@pytest.fixture
def clerk(villages: sa.Engine) -> Iterator[Person]:
    """A clerk of the first town, signed in."""
    secret = signed_in.session(villages, (Assignment(Role.CLERK, "441881103"),))
    with villages.begin() as connection:
        person = sessions.person_of(connection, secret)
    assert person is not None
    with identity.acting(secret):
        yield person


def _file(folder: Path) -> Path:
    path = folder / "卫生站.csv"
    path.write_text(CLINICS, "utf-8")
    return path


def _stored(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT admin_code FROM feature.clinics ORDER BY 1")))


def test_rows_outside_the_scope_are_rejected_by_name(
    villages: sa.Engine, clerk: Person, tmp_path: Path
) -> None:
    report = import_file(villages, _file(tmp_path), feature_type("clinics"), ImportOptions(by=clerk))
    assert (report.counts.inserted, report.counts.rejected) == (1, 1)
    (finding,) = [f for f in report.findings if f.rule == Check.OUT_OF_SCOPE]
    assert finding.row_no == 3
    assert finding.value == "441881104201"
    assert "441881103" in finding.message.zh
    assert _stored(villages) == ["441881103201"]


def test_a_number_that_another_town_has_rejects_its_row_only(
    villages: sa.Engine, clerk: Person, tmp_path: Path
) -> None:
    with villages.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO feature.clinics (admin_code, clinic_no, name, geom) VALUES "
                "('441881104201', 'C1', '乙村', ST_SetSRID(ST_MakePoint(113.25, 24.05), 4490))"
            )
        )
    path = tmp_path / "卫生站.csv"
    path.write_text(
        CLINICS.replace("441881104201,C2", "441881103201,C3").replace("113.25", "113.06"), "utf-8"
    )
    report = import_file(villages, path, feature_type("clinics"), ImportOptions(by=clerk))
    (finding,) = [f for f in report.findings if f.rule == Check.KEY_OF_OTHERS]
    assert finding.row_no == 2
    assert "441881104201" not in finding.message.zh
    assert (report.counts.inserted, report.counts.rejected) == (1, 1)


def test_a_person_without_a_session_writes_nothing(
    villages: sa.Engine, clerk: Person, tmp_path: Path
) -> None:
    with identity.acting(None), pytest.raises(NotAllowed):
        import_file(villages, _file(tmp_path), feature_type("clinics"), ImportOptions(by=clerk))
    assert _stored(villages) == []


def test_the_batch_and_the_record_name_the_person(villages: sa.Engine, clerk: Person, tmp_path: Path) -> None:
    report = import_file(villages, _file(tmp_path), feature_type("clinics"), ImportOptions(by=clerk))
    with villages.connect() as connection:
        batch = connection.scalar(
            sa.text("SELECT account_id FROM xiangtu.import_batches WHERE id = :id"), {"id": report.batch_id}
        )
        entry = connection.execute(
            sa.text(
                "SELECT account_id, object, object_id, after FROM access.record WHERE action = 'imported'"
            )
        ).one()
    assert batch == clerk.account_id
    assert (entry.account_id, entry.object, entry.object_id) == (
        clerk.account_id,
        "clinics",
        str(report.batch_id),
    )
    assert entry.after["inserted"] == 1


def test_postgresql_refuses_what_a_check_lets_through(
    villages: sa.Engine, clerk: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "check_scope", lambda *_: None)
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        import_file(villages, _file(tmp_path), feature_type("clinics"), ImportOptions(by=clerk))
    assert _stored(villages) == []
    with villages.connect() as connection:
        assert connection.scalar(sa.text("SELECT state FROM xiangtu.import_batches")) == "failed"
        assert connection.scalar(sa.text("SELECT current_user")) == "postgres"


def test_a_session_that_ended_meanwhile_writes_nothing(
    villages: sa.Engine, clerk: Person, tmp_path: Path
) -> None:
    secret = identity.current()
    assert secret is not None
    sessions.end(villages, secret)
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        import_file(villages, _file(tmp_path), feature_type("clinics"), ImportOptions(by=clerk))
    assert _stored(villages) == []
