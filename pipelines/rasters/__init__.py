"""Rasters: from a GeoTIFF that somebody hands in to the one file that indicators read.

`load_raster` checks, brings to EPSG:4490, stores and registers. The names are loaded when first asked for, because the
reading process needs this package without its database side.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.rasters.errors import RasterRefusal, RasterRefused
    from pipelines.rasters.load import Loaded, RasterOptions, load_raster

_PLACES = {
    "Loaded": "load",
    "RasterOptions": "load",
    "RasterRefusal": "errors",
    "RasterRefused": "errors",
    "load_raster": "load",
}

__all__ = ["Loaded", "RasterOptions", "RasterRefusal", "RasterRefused", "load_raster"]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
