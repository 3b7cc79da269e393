"""Writing the migration of a layer from its declaration."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from layers import FeatureType, Geometry, Layer
from store.tables import column_type, derived_columns, stored_geometry

FOLDER = Path(__file__).parent / "migrations" / "versions"

_FILE = '''"""Tables of the layer {layer}: {names}."""

import sqlalchemy as sa

from store.migrations.feature_table import create_feature_table, drop_feature_table

revision = "{revision}"
down_revision = {previous}


def upgrade() -> None:
{creations}


def downgrade() -> None:
{drops}
'''


def _column(name: str, kind: sa.types.TypeEngine[Any], nullable: bool) -> str:
    return f'sa.Column("{name}", sa.{kind!r}{"" if nullable else ", nullable=False"}),'


def _creation(feature: FeatureType) -> str:
    declared = [_column(f.name, column_type(f), not f.required) for f in feature.fields]
    derived = [_column(c.name, c.type, True) for c in derived_columns(feature)]
    carried = [_column(f.name, column_type(f), True) for f in feature.tile_fields]
    has_shape = feature.geometry is not Geometry.NONE
    geometry = f'"{stored_geometry(feature.geometry)}"' if has_shape else "None"
    lines = ["create_feature_table(", f'    "{feature.id}",', "    ["]
    lines += [f"        {line}" for line in (*declared, *derived)]
    lines += ["    ],", f"    geometry={geometry},", f"    key={list(feature.key)!r},"]
    if has_shape and carried:
        lines += ["    tile_columns=[", *(f"        {line}" for line in carried), "    ],"]
    return "\n".join(f"    {line}" for line in [*lines, ")"])


def migration_text(layer: Layer, revision: str, previous: str | None) -> str:
    """The text of the migration that creates the tables of `layer`."""
    return _FILE.format(
        layer=layer.id,
        names=", ".join(f.id for f in layer.features),
        revision=revision,
        previous=f'"{previous}"' if previous else "None",
        creations="\n".join(_creation(f) for f in layer.features),
        drops="\n".join(f'    drop_feature_table("{f.id}")' for f in reversed(layer.features)),
    ).replace("'", '"')


def write_migration(layer: Layer, folder: Path = FOLDER) -> Path:
    """Write the migration file of `layer` that comes next in a folder of migrations and return its path."""
    last = max(path.name[:4] for path in folder.glob("[0-9]*.py"))
    revision = f"{int(last) + 1:04d}"
    path = folder / f"{revision}_{layer.id}.py"
    path.write_text(migration_text(layer, revision, last), "utf-8")
    return path
