"""``xiangtu doctor``: each thing that may be wrong is found for real and told with its mend."""

import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from base.settings import Settings, settings
from doctor import Finding, examine
from i18n import LANGUAGES, catalogue_keys
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine
from store.migrate import upgrade
from tests.bare_machine import hidden, need_own_mounts, run_python, with_mounts
from tests.folders import reachable
from tests.server import ROOT, free_port

FINE = {
    "own_server", "programs_found", "disk_free", "database_stopped", "database_fine", "port_free",
    "fonts_found", "assets_found",
}  # fmt: skip
MENDS = {
    "programs_missing": "./run",
    "cluster_version": "postgresql-9-postgis-3",
    "disk_full": "XIANGTU_DATA_DIR",
    "folder_readonly": "XIANGTU_DATA_DIR",
    "database_away": "DATABASE_URL",
    "database_url_bad": "postgresql://",
    "postgis_missing": "postgis",
    "postgis_forbidden": "CREATE EXTENSION postgis",
    "schema_behind": "xiangtu migrate",
    "schema_ahead": {"zh": "升级", "en": "Upgrade"},
    "port_taken": "XIANGTU_PORT",
    "address_refused": "XIANGTU_HOST",
    "fonts_missing": "fonts-noto-cjk",
    "assets_missing": "npm ci",
}
"""What the sentence of each trouble must name; by language where it is a word."""


SAID_BY_COMMANDS = {"setting_bad", "import_interrupted"}


def _mend(key: str, lang: str) -> str:
    mend = MENDS[key]
    return mend if isinstance(mend, str) else mend[lang]


def _troubles(chosen: Settings) -> dict[str, Finding]:
    """What is wrong, by key; every sentence is whole and every trouble's names its mend."""
    findings = examine(chosen)
    for finding in findings:
        for lang in LANGUAGES:
            sentence = finding.sentence(lang)
            assert "{" not in sentence
            assert finding.fine or _mend(finding.key, lang) in sentence
    return {finding.key: finding for finding in findings if not finding.fine}


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    with reachable() as folder:
        yield folder


@pytest.fixture
def empty(cluster: Cluster) -> Iterator[str]:
    """Name of a database with nothing in it, not even PostGIS."""
    name = f"empty_{uuid.uuid4().hex[:10]}"
    create_database(cluster, name)
    yield name
    drop_database(cluster, name)


def _settings(data_dir: Path, **given: object) -> Settings:
    return Settings(**{"data_dir": data_dir, "port": free_port(), "DATABASE_URL": None, **given})  # type: ignore[arg-type]


def _url(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def test_every_finding_is_known_here() -> None:
    assert {key.removeprefix("doctor.") for key in catalogue_keys() if key.startswith("doctor.")} == (
        FINE | MENDS.keys() | SAID_BY_COMMANDS
    )


def test_all_is_well_with_a_server_of_ones_own(database: sa.Engine, data_dir: Path) -> None:
    chosen = _settings(data_dir, DATABASE_URL=_url(database))
    assert _troubles(chosen) == {}
    assert {f.key for f in examine(chosen)} == FINE - {"programs_found", "database_stopped"}


def test_all_is_well_before_the_first_start(data_dir: Path) -> None:
    chosen = _settings(data_dir / "not" / "yet")
    assert _troubles(chosen) == {}
    assert {"programs_found", "database_stopped"} <= {f.key for f in examine(chosen)}


def test_taken_port(data_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        troubles = _troubles(_settings(data_dir, port=port))
    assert set(troubles) == {"port_taken"}
    assert str(port) in troubles["port_taken"].sentence("zh")


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_address_of_another_machine_is_not_called_taken(data_dir: Path, host: str) -> None:
    assert set(_troubles(_settings(data_dir, host=host))) == {"address_refused"}


def test_database_away(data_dir: Path) -> None:
    troubles = _troubles(_settings(data_dir, DATABASE_URL=f"postgresql://u:secret@127.0.0.1:{free_port()}/x"))
    assert set(troubles) == {"database_away"}
    said = troubles["database_away"].sentence("en")
    assert "Connection refused" in said
    assert "psycopg" not in said
    assert "secret" not in said


@pytest.mark.parametrize("url", ["nonsense", "mysql://u@h/d", "postgresql+nothing://u@h/d"])
def test_url_that_is_none(data_dir: Path, url: str) -> None:
    assert set(_troubles(_settings(data_dir, DATABASE_URL=url))) == {"database_url_bad"}


def test_empty_url_is_no_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    assert Settings().database_url is None


def test_database_that_was_never_migrated(cluster: Cluster, empty: str, data_dir: Path) -> None:
    troubles = _troubles(_settings(data_dir, DATABASE_URL=cluster.url(empty)))
    assert set(troubles) == {"schema_behind"}


def test_database_of_an_older_program(cluster: Cluster, empty: str, data_dir: Path) -> None:
    engine = make_engine(cluster.url(empty), settings())
    upgrade(engine, "0003")
    engine.dispose()
    troubles = _troubles(_settings(data_dir, DATABASE_URL=cluster.url(empty)))
    assert set(troubles) == {"schema_behind"}
    assert "0003" in troubles["schema_behind"].sentence("zh")


def test_database_of_a_newer_program_is_not_to_be_migrated(database: sa.Engine, data_dir: Path) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE xiangtu.schema_version SET version_num = '9999'"))
    troubles = _troubles(_settings(data_dir, DATABASE_URL=_url(database)))
    assert set(troubles) == {"schema_ahead"}
    assert "9999" in troubles["schema_ahead"].sentence("en")
    assert "migrate" not in troubles["schema_ahead"].sentence("en")


def test_user_who_may_not_create_postgis(cluster: Cluster, empty: str, data_dir: Path) -> None:
    engine = make_engine(cluster.url(empty), settings())
    user = f"clerk_{uuid.uuid4().hex[:8]}"
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {user} LOGIN"))
    theirs = engine.url.set(username=user).render_as_string(hide_password=False)
    try:
        troubles = _troubles(_settings(data_dir, DATABASE_URL=theirs))
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP ROLE {user}"))
        engine.dispose()
    assert set(troubles) == {"postgis_forbidden"}
    assert user in troubles["postgis_forbidden"].sentence("zh")


def test_cluster_of_a_postgresql_that_is_gone() -> None:
    with reachable() as folder:
        (folder / "postgres").mkdir()
        (folder / "postgres" / "PG_VERSION").write_text("9\n")
        assert set(_troubles(_settings(folder))) == {"cluster_version"}


_TOLD = """
import json
from base.settings import settings
from doctor import examine
from i18n import LANGUAGES
print(json.dumps({f.key: [f.sentence(lang) for lang in LANGUAGES] for f in examine(settings()) if not f.fine}))
"""


def _told_on(mounts: list[str], data_dir: Path) -> dict[str, list[str]]:
    """Troubles of a machine with those mounts: sentences by key, each naming its mend."""
    told: dict[str, list[str]] = json.loads(run_python(_TOLD, _environment(data_dir), mounts).stdout)
    for key, sentences in told.items():
        for lang, sentence in zip(LANGUAGES, sentences, strict=True):
            assert _mend(key, lang) in sentence
    return told


def _environment(data_dir: Path) -> dict[str, str]:
    given = {"XIANGTU_DATA_DIR": str(data_dir), "XIANGTU_PORT": str(free_port()), "COLUMNS": "80"}
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | given


@pytest.mark.parametrize(
    ("option", "key"),
    [("size=1m", "disk_full"), ("ro,size=8g", "folder_readonly")],
    ids=["full", "read-only"],
)
def test_data_folder_that_cannot_be_filled(data_dir: Path, option: str, key: str) -> None:
    told = _told_on([f"-t tmpfs -o {option} tmpfs {data_dir}"], data_dir)
    assert set(told) == {key}
    assert str(data_dir) in told[key][0]


def test_machine_without_anything(data_dir: Path) -> None:
    fonts = [hidden(f) for f in ("/usr/share/fonts", "/usr/local/share/fonts") if Path(f).exists()]
    bare = [hidden("/usr/share/postgresql"), *fonts, hidden(ROOT / "frontend" / "node_modules")]
    assert set(_told_on(bare, data_dir)) == {"programs_missing", "fonts_missing", "assets_missing"}


@pytest.fixture
def without_postgis() -> Iterator[Cluster]:
    """A real PostgreSQL server on a machine that has no PostGIS for it."""
    need_own_mounts()
    with reachable() as folder, _served_bare(Cluster(folder, durable=False)) as cluster:
        yield cluster


@contextmanager
def _served_bare(cluster: Cluster) -> Iterator[Cluster]:
    with cluster.in_use():
        version = cluster.version
    programs = Path(f"/usr/lib/postgresql/{version}/bin")
    extensions = hidden(f"/usr/share/postgresql/{version}/extension")
    sockets = str(cluster.socket_folder)
    postgres = [str(programs / "postgres"), "-D", str(cluster.folder), "-k", sockets, "-h", ""]
    demoted = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *postgres]
    log = cluster.data_dir / "bare.log"
    with log.open("wb") as output:
        server = subprocess.Popen(with_mounts([extensions], demoted), stdout=output, stderr=output, cwd="/")
    try:
        while subprocess.run([programs / "pg_isready", "-q", "-h", sockets]).returncode != 0:
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield cluster
    finally:
        server.terminate()
        server.wait(timeout=30)


def test_server_without_postgis(without_postgis: Cluster, data_dir: Path) -> None:
    troubles = _troubles(_settings(data_dir, DATABASE_URL=without_postgis.url("postgres")))
    assert set(troubles) == {"postgis_missing"}


def _doctor(environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli", "doctor"], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def test_command_says_that_all_is_well(database: sa.Engine, data_dir: Path) -> None:
    done = _doctor(_environment(data_dir) | {"DATABASE_URL": _url(database)})
    assert done.returncode == 0, done.stdout
    assert [line[0] for line in done.stdout.splitlines()] == ["✓"] * 6


def test_command_tells_troubles_in_whole_lines_and_fails(database: sa.Engine, data_dir: Path) -> None:
    with database.begin() as connection:
        connection.execute(sa.text("UPDATE xiangtu.schema_version SET version_num = '0001'"))
    done = _doctor(_environment(data_dir) | {"DATABASE_URL": _url(database)})
    assert done.returncode == 1
    wrong = [line for line in done.stdout.splitlines() if not line.startswith("✓")]
    assert len(wrong) == 1
    assert wrong[0].startswith("✗ 数据库结构版本为 0001")
    assert wrong[0].endswith("xiangtu migrate。")


def test_setting_that_makes_no_sense_is_told_without_a_trace(data_dir: Path) -> None:
    done = _doctor(_environment(data_dir) | {"XIANGTU_PORT": "banana"})
    assert done.returncode == 1
    assert "XIANGTU_PORT=banana" in done.stderr
    assert "docs/settings.md" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "url", ["nonsense", "postgresql://u@127.0.0.1:1/x"], ids=["no address", "nobody there"]
)
def test_start_without_a_database_is_told_without_a_trace(data_dir: Path, url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "up"],
        cwd=ROOT,
        env=_environment(data_dir) | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("✗ ")
    assert "Traceback" not in done.stderr
