"""The embedded cluster: made, shared, stopped by its last user, recovered after a kill."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from base.settings import settings
from store.embedded import Cluster, cluster_folder, reachable_by_others
from store.engine import create_database, make_engine
from tests.folders import reachable


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A cluster in a folder that the unprivileged user can reach."""
    with reachable() as folder:
        yield Cluster(folder)


def _postmaster(cluster: Cluster) -> int:
    return int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])


def test_last_user_stops_the_cluster(own: Cluster) -> None:
    second = Cluster(own.data_dir)
    own.acquire()
    second.acquire()
    own.release()
    assert second.running()
    second.release()
    assert not second.running()


def test_data_survive_a_kill_of_everything(own: Cluster) -> None:
    own.acquire()
    create_database(own)
    engine = make_engine(own.url(), settings())
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (n int)"))
        connection.execute(sa.text("INSERT INTO kept VALUES (7)"))
    engine.dispose()
    os.kill(_postmaster(own), signal.SIGKILL)
    again = Cluster(own.data_dir)
    with again.in_use():
        engine = make_engine(again.url(), settings())
        with engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT n FROM kept")) == 7
        engine.dispose()
    own.release()
    assert not own.running()


def test_an_interrupted_creation_is_made_anew(own: Cluster) -> None:
    making = own.folder.with_suffix(".making")
    making.mkdir(parents=True)
    (making / "PG_VERSION").write_text("half")
    with own.in_use():
        assert own.running()


def test_private_folder_of_root_is_left_for_a_reachable_one(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert not reachable_by_others(private)
    expected = Path("/var/lib/xiangtu") if os.geteuid() == 0 else private
    assert cluster_folder(private).is_relative_to(expected)


def test_a_cluster_stays_where_it_was_made(own: Cluster) -> None:
    own.folder.mkdir()
    (own.folder / "PG_VERSION").write_text("15\n")
    own.data_dir.chmod(0o700)
    assert cluster_folder(own.data_dir) == own.folder == own.data_dir.resolve() / "postgres"
