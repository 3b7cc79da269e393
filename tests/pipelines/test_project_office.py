"""The demo's library: projects of every course with a year of reports, through the files of the import."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from base.settings import settings
from pipelines.demo import project_office
from pipelines.demo.calendar import AS_OF
from pipelines.demo.project_office import Opened
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.progress.library import milestones, projects


@pytest.fixture(scope="module")
def office(
    cluster: Cluster, city_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[sa.Engine, Path, Opened]]:
    """The small city with its library filled."""
    create_database(cluster, "office", template=city_template)
    engine = make_engine(cluster.url("office"), settings())
    folder = tmp_path_factory.mktemp("office")
    with engine.begin() as connection:
        # A cluster kept between sessions may have been sealed with another key.
        connection.execute(sa.text("UPDATE access.installation SET key_sha256 = NULL"))
    yield engine, folder, project_office.open_library(engine, folder)
    engine.dispose()
    drop_database(cluster, "office")


def _count(connection: sa.Connection, where: str) -> int:
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {where}")).scalar_one())


def test_every_row_of_the_files_came_in_and_says_that_it_is_made_up(
    office: tuple[sa.Engine, Path, Opened],
) -> None:
    engine, folder, opened = office
    with engine.connect() as connection:
        known = projects(connection)
        assert len(known) == opened.projects >= 16
        assert all(one.synthetic and one.origin == "import" for one in known)
        assert {one.admin_code[:6] for one in known} == {"441821", "441826"}
        steps = milestones(connection)
        assert all(sum(step.weight for step in steps[one.id]) == 100 for one in known)
        assert _count(connection, "xiangtu.progress_reports") == opened.reports
        assert _count(connection, "xiangtu.progress_reports WHERE NOT synthetic") == 0
    assert {path.name for path in (folder / "library").iterdir()} >= {"projects.xlsx", "reports-2025q2.xlsx"}


def test_what_supervisors_look_for_is_there(office: tuple[sa.Engine, Path, Opened]) -> None:
    engine, _, opened = office
    with engine.connect() as connection:
        states = {str(one.state) for one in projects(connection)}
        assert {"started", "suspended", "cancelled"} <= states and states & {"finished", "accepted"}
        assert states & {"planned", "approved"}
        assert _count(connection, "xiangtu.progress_checks WHERE verdict = 'returned'") == opened.returned > 0
        assert _count(connection, "xiangtu.accepted_reports") > opened.reports * 0.8
        waiting = (
            "xiangtu.progress_reports AS r WHERE NOT EXISTS "
            "(SELECT FROM xiangtu.progress_checks AS c WHERE c.report_id = r.id)"
        )
        assert _count(connection, waiting) > 0
        stalled = connection.execute(
            sa.text(
                "SELECT count(*) FROM (SELECT max(r.reported_on) AS last FROM xiangtu.projects AS p "
                "JOIN xiangtu.progress_reports AS r ON r.project_id = p.id WHERE p.state = 'started' "
                "GROUP BY p.id) AS latest WHERE last < CAST(:day AS date) - 45"
            ),
            {"day": AS_OF},
        ).scalar_one()
        assert stalled > 0
        late = "xiangtu.progress_reports WHERE submitted_at::date > date '2025-07-01'"
        assert _count(connection, late) == 0


def test_a_library_with_projects_stays(office: tuple[sa.Engine, Path, Opened], tmp_path: Path) -> None:
    engine, _, opened = office
    assert project_office.open_library(engine, tmp_path) == Opened(0, 0, 0, 0)
    assert list(tmp_path.iterdir()) == []
    with engine.connect() as connection:
        assert len(projects(connection)) == opened.projects
