"""A line or an area pasted into the project form: well-known text, or coordinates as the parcels take them."""

import re

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from i18n import Text, tr
from pipelines.import_.crs import Bounds, find_crs
from pipelines.import_.errors import FileRefused
from pipelines.land.pasted import read_pasted
from pipelines.progress.cells import CellFault, read_wkt

_WKT = re.compile(r"\s*(SRID=\d+;)?\s*(POINT|LINESTRING|POLYGON|MULTI|GEOMETRYCOLLECTION)", re.IGNORECASE)


def read_shape(text: str, city: Bounds | None) -> BaseGeometry | Text:
    """Read a pasted shape into EPSG:4490; a sentence that says what is wrong with it and the mend instead.

    Parameters
    ----------
    text : well-known text of a line, an area or a point; or lines of coordinates, or the bureau's text of boundary
        points, of one area. In any system that the import knows; which one is found out.
    city : bounds in degrees that a found system must land in.
    """
    try:
        return _from_wkt(text, city) if _WKT.match(text) else _from_points(text, city)
    except CellFault as fault:
        return _both(f"projectfile.{fault.kind}")
    except FileRefused as refused:
        return Text(refused.sentence("zh"), refused.sentence("en"))


def _from_wkt(text: str, city: Bounds | None) -> BaseGeometry | Text:
    shape = read_wkt(text)
    x, y = shapely.get_coordinates(shape).T
    choice = find_crs(x, y, stated=None, in_file=None, file_origin=None, city=city)
    stored: BaseGeometry = shapely.transform(
        shape, lambda xy: np.column_stack(choice.to_stored(xy[:, 0], xy[:, 1]))
    )
    if not shapely.is_valid(stored) or (shapely.get_dimensions(stored) and not shapely.length(stored)):
        return _both("projectfile.shape_crosses")
    return stored


def _from_points(text: str, city: Bounds | None) -> BaseGeometry | Text:
    pasted = read_pasted(text, city=city)
    if pasted.faults:
        return pasted.faults[0].text
    if len(pasted.frame) != 1:
        return _both("projectfile.shape_several")
    shape: BaseGeometry = pasted.frame.geometry.iloc[0]
    return shape


def _both(key: str) -> Text:
    return Text(tr(key, "zh"), tr(key, "en"))
