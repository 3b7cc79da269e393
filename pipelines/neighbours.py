"""Which units of a level touch, from their boundaries in the database."""

import numpy as np
import sqlalchemy as sa

from analysis.clusters import Neighbours, neighbours
from layers import AdminLevel
from store import places


def read_neighbours(connection: sa.Connection, level: AdminLevel) -> Neighbours:
    """Neighbours among all units of a level."""
    codes = sorted(places.children(connection, level)["admin_code"])
    shapes = places.outlines(connection, codes)
    return neighbours(codes, np.array([shapes[code] for code in codes], dtype=object))
