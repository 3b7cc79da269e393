"""Facts of the demo city: where the files are. Nothing generated lives here; sources in ``README.md``."""

import csv
from importlib.resources import files
from importlib.resources.abc import Traversable

DIVISIONS = "divisions_2023.csv"
"""12-digit codes, levels, names and parents of every unit of Qingyuan, edition 2023."""
COUNTIES_GCJ02 = "counties_amap_gcj02.geojson"
"""The 8 counties in GCJ-02, 11,500 vertices."""
COUNTIES_COARSE = "counties_cgcs2000_coarse.geojson"
"""The same 8 in CGCS2000, 1,218 vertices; only to check the conversion of the others."""
TOWNSHIP_SEATS = "township_seats.csv"
"""WGS 84 positions of the 85 township seats."""
ELEVATION = "elevation_coarse.csv"
"""Elevation in metres on a 0.2° grid."""

WORKING_DAYS = "working_days.csv"
"""Public holidays and weekend days that are worked instead, as the State Council announced them."""


def path(name: str) -> Traversable:
    """Return the data file called `name`.

    Raises
    ------
    FileNotFoundError : there is no such file.
    """
    found = files(__name__) / name
    if not found.is_file():
        raise FileNotFoundError(name)
    return found


def rows(name: str) -> list[dict[str, str]]:
    """Return the lines of a CSV file by column name."""
    return list(csv.DictReader(path(name).read_text("utf-8").splitlines()))
