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
from layers import AdminLevel, Geometry, feature_type
from pipelines import demo
from pipelines.demo.calendar import EARLIER_DAYS
from pipelines.demo.generator import generate
from pipelines.demo.load import REGISTER, deliver, look_back
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
    of_then = {file.feature for file in manifest.earlier}
    assert of_then == {
        "village_water", "village_fibre", "houses", "roads", "consolidation_projects", "construction_quotas",
    }  # fmt: skip
    assert {(file.as_of, file.feature) for file in manifest.earlier} >= {
        (day, feature) for day in EARLIER_DAYS for feature in of_then - {"roads"}
    }
    name = f"plain_{uuid.uuid4().hex[:8]}"
    create_database(cluster, name, template=migrated)
    plain = make_engine(cluster.url(name), settings())
    for engine, register_of in ((database, EARLIER_DAYS[0]), (plain, manifest.as_of)):
        for file in manifest.files:
            if file.feature in REGISTER:
                deliver(engine, tmp_path, file, replace(manifest, as_of=register_of))
        if engine is database:
            look_back(engine, tmp_path, manifest.earlier, lambda _: None)
        for file in manifest.files:
            if file.feature in of_then:
                deliver(engine, tmp_path, file, manifest)
    for feature in sorted(of_then):
        with_past, without = (_rows(engine, feature) for engine in (database, plain))
        assert with_past == without, feature
        assert with_past
    with database.connect() as connection:
        for indicator, most in (("tap_water_rate", 1.0), ("hardened_share", 1.0), ("consolidated_mu", 1e9)):
            days = past.known_days(connection, indicator, AdminLevel.CITY)
            assert tuple(day.as_of for day in days) == EARLIER_DAYS
            values = [
                past.values_at(connection, indicator, day, AdminLevel.CITY)["value"].item()
                for day in EARLIER_DAYS
            ]
            assert values == sorted(values)
            assert 0.4 < values[0] < values[-1] < most
    plain.dispose()
    drop_database(cluster, name)


def _rows(engine: sa.Engine, feature: str) -> list[tuple[object, ...]]:
    """What the departments have told, key first; shapes to a tenth of a millimetre, as two readings may differ."""
    declared = feature_type(feature)
    told = [field.name for field in declared.fields]
    shape = "" if declared.geometry is Geometry.NONE else ", ST_AsText(geom, 9)"
    columns = ", ".join(dict.fromkeys((*declared.key, "admin_code", *told)))
    with engine.connect() as connection:
        found = connection.execute(sa.text(f"SELECT {columns}{shape} FROM feature.{feature} ORDER BY 1, 2"))
        return [tuple(row) for row in found]


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
