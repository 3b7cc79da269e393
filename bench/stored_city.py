"""Storing the frames of a made-up city, without the import: for measuring what comes after it."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from layers import FeatureType, Field, Geometry, Kind, feature_type
from store.batches import bump_version
from store.bulk import copy_frame
from store.tables import SRID

_MULTI = {
    Geometry.LINE: shapely.multilinestrings,
    Geometry.POLYGON: shapely.multipolygons,
}


def store_city(engine: sa.Engine, frames: dict[str, pd.DataFrame]) -> None:
    """COPY frames by feature type id into an empty database; what they lack and a table requires is made up."""
    with engine.begin() as connection:
        for feature_id, frame in frames.items():
            feature = feature_type(feature_id)
            copy_frame(connection, f"feature.{feature_id}", _stored(feature, frame))
            bump_version(connection, feature_id)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def _stored(feature: FeatureType, frame: pd.DataFrame) -> pd.DataFrame:
    kept = {name: frame[name].to_numpy() for name in frame.columns if name != "geometry"}
    for field in feature.fields:
        if field.name not in kept and (field.required or field.name in feature.key):
            kept[field.name] = _made_up(field, len(frame))
        elif field.kind is Kind.INTEGER and field.name in kept:
            kept[field.name] = pd.array(kept[field.name]).astype("Int64")
    rows = pd.DataFrame(kept)
    if isinstance(frame, gpd.GeoDataFrame):
        shapes = frame.geometry.to_numpy()
        make = _MULTI.get(feature.geometry)
        if make is not None:
            shapes = make(shapes, indices=np.arange(len(shapes)))
        rows["geom"] = shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True)
    return rows


def _made_up(field: Field, count: int) -> np.ndarray:
    if field.codes is not None:
        return np.repeat(str(next(iter(field.codes))), count)
    if field.kind is Kind.TEXT:
        return np.char.add(f"{field.name}-", np.arange(count).astype(str))
    return np.ones(count, dtype=int)
