"""The migrations make what the declarations and the models say; they go down and up; history keeps old rows."""

from collections.abc import Iterator
from typing import Any

import alembic.command
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

import store.land.check_models
import store.land.quota_models
import store.land.review_models
import store.land.watch_models
import store.plan_models
import store.progress.assess_models
import store.progress.models  # noqa: F401 - models that `Base` shall know
from layers import FeatureType, Geometry, Layer, all_features, feature_type
from store import migrate
from store.migration_file import migration_text
from store.models import SCHEMA, Base
from store.protection import masked
from store.tables import FEATURE_SCHEMA, HISTORY_SCHEMA, TILE_SCHEMA, column_type, stored_geometry, table

FEATURES = all_features()
Columns = dict[str, tuple[str, bool]]
"""Name to SQL type as PostgreSQL writes it, and whether NULL is allowed."""

_STORED = sa.text(
    """
    SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable
    FROM pg_attribute
    WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped
    """
)


def _stored(connection: sa.Connection, name: str) -> Columns:
    return {row.name: (row.type, row.nullable) for row in connection.execute(_STORED, {"table": name})}


def _declared(connection: sa.Connection, declared: sa.Table) -> Columns:
    """Columns of a declared table, as PostgreSQL sees them once the table is made in a schema of its own."""
    copy = declared.to_metadata(sa.MetaData(), schema="declared")
    for constraint in list(copy.foreign_key_constraints):
        copy.constraints.discard(constraint)
    connection.execute(sa.text("CREATE SCHEMA IF NOT EXISTS declared"))
    connection.execute(sa.schema.CreateTable(copy, include_foreign_key_constraints=[]))
    return _stored(connection, f"declared.{declared.name}")


def _indexes(connection: sa.Connection, schema: str, name: str) -> dict[str, tuple[tuple[str, ...], bool]]:
    found = sa.inspect(connection).get_indexes(name, schema=schema)
    return {str(i["name"]): (tuple(map(str, i["column_names"])), bool(i["unique"])) for i in found}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_feature_table_is_as_declared(unchanged: sa.Engine, feature: FeatureType) -> None:
    with unchanged.connect() as connection:
        stored = _stored(connection, f"{FEATURE_SCHEMA}.{feature.id}")
        masks = {masked(field.name) for field in feature.fields if field.personal}
        assert masks <= stored.keys()
        declared = _declared(connection, table(feature))
        assert {name: kind for name, kind in stored.items() if name not in masks} == declared
        key = _indexes(connection, FEATURE_SCHEMA, feature.id)[f"{feature.id}_key"]
        assert key == (feature.key, True)
        if feature.geometry is not Geometry.NONE:
            kind, nullable = stored["geom"]
            assert kind.casefold() == f"geometry({stored_geometry(feature.geometry)},4490)".casefold()
            assert not nullable


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_history_has_the_columns_of_the_feature_table(unchanged: sa.Engine, feature: FeatureType) -> None:
    with unchanged.connect() as connection:
        kept = _stored(connection, f"{HISTORY_SCHEMA}.{feature.id}")
        stored = _stored(connection, f"{FEATURE_SCHEMA}.{feature.id}")
    assert kept == stored | {"valid_to": ("timestamp with time zone", False)}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda f: f.id)
def test_tile_table_carries_the_tile_fields(unchanged: sa.Engine, feature: FeatureType) -> None:
    with unchanged.connect() as connection:
        stored = _stored(connection, f"{TILE_SCHEMA}.{feature.id}")
        bound = connection.dialect
        carried = {f.name: column_type(f).compile(bound).lower() for f in feature.tile_fields}
    if feature.geometry is Geometry.NONE:
        assert stored == {}
        return
    common = {"id", "admin_code", "band", "min_zoom", "rank", "geom"}
    assert set(stored) == common | carried.keys()
    assert {name: stored[name][0] for name in carried} == carried
    assert stored["geom"][0].casefold() == "geometry(geometry,3857)"


@pytest.mark.parametrize("name", sorted(t.name for t in Base.metadata.tables.values()))
def test_own_table_is_as_modelled(unchanged: sa.Engine, name: str) -> None:
    modelled = Base.metadata.tables[f"{SCHEMA}.{name}"]
    with unchanged.connect() as connection:
        assert _stored(connection, f"{SCHEMA}.{name}") == _declared(connection, modelled)
        inspected = sa.inspect(connection)
        key = inspected.get_pk_constraint(name, schema=SCHEMA)["constrained_columns"]
        assert set(key) == {column.name for column in modelled.primary_key}
        assert {str(i.name) for i in modelled.indexes} <= _indexes(connection, SCHEMA, name).keys()


def test_nothing_is_stored_that_nothing_declares(database: sa.Engine) -> None:
    with database.connect() as connection:
        inspected = sa.inspect(connection)
        tables = {schema: set(inspected.get_table_names(schema=schema)) for schema in _SCHEMAS}
    with_geometry = {f.id for f in FEATURES if f.geometry is not Geometry.NONE}
    assert tables == {
        SCHEMA: {t.name for t in Base.metadata.tables.values()} | {"schema_version"},
        FEATURE_SCHEMA: {f.id for f in FEATURES},
        HISTORY_SCHEMA: {f.id for f in FEATURES},
        TILE_SCHEMA: with_geometry,
    }


_SCHEMAS = (SCHEMA, FEATURE_SCHEMA, HISTORY_SCHEMA, TILE_SCHEMA)


def _shape(connection: sa.Connection) -> dict[str, Columns]:
    inspected = sa.inspect(connection)
    return {
        f"{schema}.{name}": _stored(connection, f"{schema}.{name}")
        for schema in _SCHEMAS
        if inspected.has_schema(schema)
        for name in inspected.get_table_names(schema=schema)
    }


def test_down_to_nothing_and_up_again(database: sa.Engine) -> None:
    with database.connect() as connection:
        before = _shape(connection)
        assert migrate.current(connection) == migrate.head()
    with database.begin() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "base")
    with database.connect() as connection:
        assert set(_shape(connection)) == {f"{SCHEMA}.schema_version"}
        functions = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'xiangtu'::regnamespace"
        assert connection.scalar(sa.text(functions)) == 0
    assert migrate.upgrade(database) == migrate.head()
    with database.connect() as connection:
        assert _shape(connection) == before


def test_upgrade_twice_changes_nothing(database: sa.Engine) -> None:
    with database.connect() as connection:
        before = _shape(connection)
    assert migrate.upgrade(database) == migrate.head()
    with database.connect() as connection:
        assert _shape(connection) == before


def test_a_revision_from_the_future_is_refused(database: sa.Engine) -> None:
    with database.begin() as connection:
        connection.execute(sa.text(f"UPDATE {SCHEMA}.schema_version SET version_num = '9999'"))
    with pytest.raises(migrate.SchemaTooNew, match="9999"):
        migrate.upgrade(database)


def _insert_clinic(connection: sa.Connection, number: str, name: str) -> None:
    connection.execute(
        sa.text(
            f"INSERT INTO {FEATURE_SCHEMA}.clinics (admin_code, clinic_no, name, beds, geom) VALUES "
            "('441881103201', :number, :name, 4, ST_SetSRID(ST_MakePoint(113.4, 24.2), 4490))"
        ),
        {"number": number, "name": name},
    )


def _history(connection: sa.Connection) -> list[tuple[Any, ...]]:
    rows = connection.execute(
        sa.text(
            f"SELECT clinic_no, name, beds, ST_X(geom), valid_from, valid_to FROM {HISTORY_SCHEMA}.clinics "
            "ORDER BY valid_to, clinic_no"
        )
    )
    return [tuple(row) for row in rows]


def test_history_keeps_what_an_update_or_delete_replaces(database: sa.Engine) -> None:
    with database.begin() as connection:
        _insert_clinic(connection, "W1", "甲站")
        _insert_clinic(connection, "W2", "乙站")
        assert _history(connection) == []
    with database.begin() as connection:
        update = f"UPDATE {FEATURE_SCHEMA}.clinics SET name = name || '(新)', beds = 9, valid_from = now()"
        connection.execute(sa.text(update))
        updated_at = connection.scalar(sa.text("SELECT now()"))
    with database.connect() as connection:
        kept = _history(connection)
    assert [row[:4] for row in kept] == [("W1", "甲站", 4, 113.4), ("W2", "乙站", 4, 113.4)]
    assert all(row[4] < row[5] == updated_at for row in kept)
    with database.begin() as connection:
        connection.execute(sa.text(f"DELETE FROM {FEATURE_SCHEMA}.clinics WHERE clinic_no = 'W1'"))
    with database.connect() as connection:
        kept = _history(connection)
    assert [row[:3] for row in kept] == [("W1", "甲站", 4), ("W2", "乙站", 4), ("W1", "甲站(新)", 9)]
    assert kept[2][4] == updated_at


def test_a_failed_change_leaves_no_history(database: sa.Engine) -> None:
    with database.begin() as connection:
        _insert_clinic(connection, "W1", "甲站")
        _insert_clinic(connection, "W2", "乙站")
    with pytest.raises(sa.exc.IntegrityError), database.begin() as connection:
        connection.execute(sa.text(f"UPDATE {FEATURE_SCHEMA}.clinics SET clinic_no = 'W3'"))
    with database.connect() as connection:
        assert _history(connection) == []


@pytest.fixture
def street_lights() -> Iterator[Layer]:
    """A layer that no migration of ours knows."""
    clinics = feature_type("clinics")
    made = FeatureType(
        id="street_lights",
        title=clinics.title,
        geometry=Geometry.POINT,
        key=("clinic_no",),
        fields=clinics.fields,
        style=clinics.style,
    )
    yield Layer(id="lighting", title=clinics.title, features=(made,))


def test_the_written_migration_makes_the_declared_table(database: sa.Engine, street_lights: Layer) -> None:
    module: dict[str, Any] = {}
    text = migration_text(street_lights, "9001", migrate.head())
    exec(compile(text, "9001_lighting.py", "exec"), module)
    assert (module["revision"], module["down_revision"]) == ("9001", migrate.head())
    made = street_lights.features[0]
    with database.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            module["upgrade"]()
            stored = _stored(connection, f"{FEATURE_SCHEMA}.{made.id}")
            assert stored == _declared(connection, table(made))
            module["downgrade"]()
        assert _stored(connection, f"{FEATURE_SCHEMA}.{made.id}") == {}
