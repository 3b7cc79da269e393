"""Loading the demo city: never over real data, again over itself, and refusals in a sentence."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from base.settings import CHECKOUT, settings
from i18n import tr
from layers import AdminLevel
from pipelines import demo
from pipelines.demo.calendar import EARLIER_DAYS
from pipelines.demo.generator import generate
from pipelines.demo.load import deliver, look_back
from store import past
from store.embedded import Cluster
from store.engine import create_database, drop_database, make_engine

COUNTY = "441826"
_ONE_HOUSE = (
    "INSERT INTO feature.houses (admin_code, household_no, grade, state, synthetic, geom) VALUES "
    "('441826100200', 'NF1', 'C', 'planned', :synthetic, ST_SetSRID(ST_MakePoint(112.3, 24.7), 4490))"
)


@pytest.fixture
def copied_city(cluster: Cluster, city_template: str) -> Iterator[sa.Engine]:
    """A copy of the small city."""
    name = f"copied_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=city_template)
    engine = make_engine(cluster.url(name), settings())
    yield engine
    engine.dispose()
    drop_database(cluster, name)


def scalar(engine: sa.Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.scalar(sa.text(statement))


def test_real_data_are_never_overwritten(database: sa.Engine, tmp_path: Path) -> None:
    with database.begin() as connection:
        connection.execute(sa.text(_ONE_HOUSE), {"synthetic": False})
    with pytest.raises(demo.RealDataPresent, match="houses"):
        demo.load(database, counties=[COUNTY], folder=tmp_path)
    assert scalar(database, "SELECT count(*) FROM xiangtu.import_batches") == 0
    assert list(tmp_path.iterdir()) == [], "nothing was even made"


def test_the_demo_loads_over_itself_and_computes_its_day_anew(copied_city: sa.Engine, tmp_path: Path) -> None:
    manifest, reports = demo.load(copied_city, counties=[COUNTY], folder=tmp_path, earlier_days=())
    assert len(reports) == len(manifest.files)
    assert scalar(copied_city, "SELECT count(*) FROM xiangtu.indicator_runs WHERE state = 'done'") == 3
    assert scalar(copied_city, "SELECT count(DISTINCT as_of) FROM xiangtu.indicator_values") == 1


def test_earlier_editions_make_a_past_and_leave_the_present_as_it_is(
    cluster: Cluster, migrated: str, database: sa.Engine, tmp_path: Path
) -> None:
    manifest = generate(tmp_path, counties=[COUNTY])
    assert [file.as_of for file in manifest.earlier] == [day for day in EARLIER_DAYS for _ in range(2)]
    newest = [file for file in manifest.files if file.feature in ("village_water", "village_fibre")]
    name = f"plain_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=migrated)
    plain = make_engine(cluster.url(name), settings())
    for engine, register_of in ((database, EARLIER_DAYS[0]), (plain, manifest.as_of)):
        deliver(engine, tmp_path, manifest.files[0], replace(manifest, as_of=register_of))
        if engine is database:
            look_back(engine, tmp_path, manifest.earlier, lambda _: None)
        for file in newest:
            deliver(engine, tmp_path, file, manifest)
    for table, told in (("village_water", "dispersed_population"), ("village_fibre", "households_passed")):
        columns = f"admin_code, households, households_connected, {told}, reported_on"
        rows = []
        for engine in (database, plain):
            with engine.connect() as connection:
                rows.append(
                    [
                        tuple(row)
                        for row in connection.execute(
                            sa.text(f"SELECT {columns} FROM feature.{table} ORDER BY 1")
                        )
                    ]
                )
        assert rows[0] == rows[1]
        assert rows[0]
    with database.connect() as connection:
        days = past.known_days(connection, "tap_water_rate", AdminLevel.CITY)
        assert tuple(day.as_of for day in days) == EARLIER_DAYS
        rates = [
            past.values_at(connection, "tap_water_rate", day, AdminLevel.CITY)["value"].item()
            for day in EARLIER_DAYS
        ]
    assert rates == sorted(rates)
    assert 0.4 < rates[0] < rates[-1] < 1
    plain.dispose()
    drop_database(cluster, name)


@pytest.mark.parametrize(
    ("arguments", "key", "words"),
    [
        (["demo", "--villages", "100"], "demo.too_few_villages", {"asked": 100, "real": 1235}),
        (["demo", "--villages", "90000"], "demo.too_many_villages", {"asked": 90000}),
        (["demo", "--counties", "999999"], None, {}),
        (["indicators", "--as-of", "2999-01-01"], None, {}),
    ],
)
def test_the_command_line_refuses_in_a_sentence(
    database: sa.Engine, arguments: list[str], key: str | None, words: dict[str, object]
) -> None:
    url = database.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stdout + done.stderr
    if key is not None:
        assert tr(key, "zh", **words) in done.stderr
    else:
        assert "999999" in done.stderr or "2999-01-01" in done.stderr
