"""Where farmland was lost between two rasters of land cover, block by block, to the same pieces as in one go.

Cells hold the first two digits of a class of GB/T 21010-2017 (1 farmland, 2 orchards, … 12), 0 where nothing is known.
Cells of a village that touch along an edge and changed alike are one piece.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from typing import cast

import geopandas as gpd
import numpy as np
import shapely
from rasterio import Affine
from rasterio.features import shapes
from scipy import ndimage

from analysis.ellipsoid import strip_m2
from analysis.farmland_change import Balance, Changes, Tolerance, slivers
from analysis.farmland_classes import change_of
from analysis.territory import BoolArray, FloatArray, IntArray
from layers.codes import FarmlandChange

FARMLAND_CELL = 1
_MOST_CLASSES = 100


@dataclass(frozen=True)
class Lattice:
    """A north-up lattice of cells in degrees (EPSG:4490)."""

    west: float
    north: float
    step_lon: float
    step_lat: float

    @property
    def transform(self) -> Affine:
        """From column and row to longitude and latitude."""
        return Affine(self.step_lon, 0, self.west, 0, -self.step_lat, self.north)

    def cell_areas_m2(self, rows: IntArray) -> FloatArray:
        """Area of a cell in each of the rows on the CGCS2000 ellipsoid, between its two parallels."""
        top = self.north - np.asarray(rows, dtype=np.float64) * self.step_lat
        strip = strip_m2(top) - strip_m2(top - self.step_lat)
        return np.asarray(strip * np.radians(self.step_lon), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Block:
    """A rectangle of both rasters.

    Attributes
    ----------
    row, column : of its first cell in the whole raster.
    before, after : land cover, shape (rows, columns), equal.
    place : 1 + position of the village in which the cell's centre lies, 0 for none; None where there are no villages.
    """

    row: int
    column: int
    before: IntArray
    after: IntArray
    place: IntArray | None = None


class _Joined:
    """Which labels are one piece: a union of sets."""

    def __init__(self) -> None:
        self.parent: dict[int, int] = {}

    def root(self, label: int) -> int:
        while (above := self.parent.get(label, label)) != label:
            self.parent[label] = self.parent.get(above, above)
            label = above
        return label

    def join(self, one: int, other: int) -> None:
        a, b = self.root(one), self.root(other)
        if a != b:
            self.parent[max(a, b)] = min(a, b)


@dataclass(eq=False)
class _Clumps:
    """Pieces as they come in, block after block."""

    lattice: Lattice
    joined: _Joined
    polygons: dict[int, shapely.Polygon]
    values: dict[int, int]
    cells: "defaultdict[int, defaultdict[int, int]]"
    """Cells of a label by row; whole numbers, so that the sum does not depend on how blocks are cut."""
    below: dict[tuple[int, int], tuple[int, int]]
    """Label and value of the last cells of blocks, by the cell below them."""
    right: dict[tuple[int, int], tuple[int, int]]
    last: int = 0

    def add(self, block: Block, became: IntArray) -> None:
        labels = self._label(became)
        if not labels.any():
            return
        corner = np.array([block.column, block.row])
        for shape, value in shapes(labels, mask=labels > 0, connectivity=4):
            polygon = cast(shapely.Polygon, shapely.geometry.shape(shape))
            at = shapely.transform(polygon, lambda xy: xy + corner)
            self.polygons[int(value)] = at
        row, column = np.nonzero(labels)
        keys, counts = np.unique(np.stack([labels[row, column], row]), axis=1, return_counts=True)
        for label, where, count in zip(*keys.tolist(), counts.tolist(), strict=True):
            self.cells[label][block.row + where] += count
        self._seams(block, labels, became)

    def _label(self, became: IntArray) -> IntArray:
        labels = np.zeros(became.shape, dtype="int32")
        values, position = np.unique(became, return_inverse=True)
        boxes = ndimage.find_objects(position.reshape(became.shape) + 1)
        for value, box in zip(values.tolist(), boxes, strict=True):
            if value == 0 or box is None:
                continue
            found, number = ndimage.label(became[box] == value)
            np.add(found, self.last, out=labels[box], where=found > 0, casting="unsafe")
            self.values |= dict.fromkeys(range(self.last + 1, self.last + number + 1), value)
            self.last += number
        return labels

    def _seams(self, block: Block, labels: IntArray, became: IntArray) -> None:
        rows, columns = labels.shape
        for column in np.flatnonzero(labels[0]).tolist():
            self._meet(self.below, (block.row, block.column + column), labels[0, column], became[0, column])
        for row in np.flatnonzero(labels[:, 0]).tolist():
            self._meet(self.right, (block.row + row, block.column), labels[row, 0], became[row, 0])
        for column in np.flatnonzero(labels[-1]).tolist():
            place = (block.row + rows, block.column + column)
            self.below[place] = int(labels[-1, column]), int(became[-1, column])
        for row in np.flatnonzero(labels[:, -1]).tolist():
            place = (block.row + row, block.column + columns)
            self.right[place] = int(labels[row, -1]), int(became[row, -1])

    def _meet(
        self, edges: dict[tuple[int, int], tuple[int, int]], place: tuple[int, int], label: int, became: int
    ) -> None:
        neighbour = edges.pop(place, None)
        if neighbour is not None and neighbour[1] == int(became):
            self.joined.join(neighbour[0], int(label))

    def pieces(self) -> Iterator[tuple[int, shapely.Polygon, float]]:
        """Value, polygon in columns and rows, and area of each piece."""
        groups: dict[int, list[int]] = defaultdict(list)
        for label in self.polygons:
            groups[self.joined.root(label)].append(label)
        for members in groups.values():
            count = _Count(self.lattice)
            for label in members:
                for row, number in self.cells[label].items():
                    count.rows[row] += number
            whole = _whole([self.polygons[one] for one in members])
            yield self.values[members[0]], whole, count.area_m2()


def _whole(polygons: list[shapely.Polygon]) -> shapely.Polygon:
    """One polygon of cells: corners only where it turns, begun at the same one whatever it was put together of."""
    whole = cast(shapely.Polygon, shapely.union_all(polygons)) if len(polygons) > 1 else polygons[0]
    rings = [_corners(np.asarray(ring.coords)) for ring in (whole.exterior, *whole.interiors)]
    return shapely.normalize(shapely.Polygon(rings[0], rings[1:]))


def _corners(ring: FloatArray) -> FloatArray:
    """The vertices of a closed ring of cell edges at which it turns."""
    open_ = ring[:-1]
    before, after = np.roll(open_, 1, axis=0), np.roll(open_, -1, axis=0)
    across, along = open_ - before, after - open_
    turns = across[:, 0] * along[:, 1] != across[:, 1] * along[:, 0]
    return np.asarray(open_[turns], dtype=np.float64)


class _Count:
    """Cells by row, and their area."""

    def __init__(self, lattice: Lattice) -> None:
        self.lattice = lattice
        self.rows: dict[int, int] = defaultdict(int)

    def add(self, first: int, where: BoolArray) -> None:
        for row, number in enumerate(where.sum(axis=1).tolist()):
            if number:
                self.rows[first + row] += number

    def area_m2(self) -> float:
        rows = np.array(sorted(self.rows), dtype=np.intp)
        row_m2 = self.lattice.cell_areas_m2(rows).tolist()
        return fsum(self.rows[row] * one for row, one in zip(rows.tolist(), row_m2, strict=True))


def compare_covers(
    blocks: Iterable[Block],
    lattice: Lattice,
    tolerance: Tolerance | None = None,
    places: Sequence[str] = (),
) -> Changes:
    """Find farmland lost between two rasters that lie on one lattice.

    Parameters
    ----------
    blocks : rectangles that cover both rasters without a gap or an overlap; rows of blocks from north to south, and in
        a row from west to east.
    lattice : of the whole raster.
    places : codes of the villages that `Block.place` counts; cells in none of them are left out. Without villages all
        cells are looked at.

    Returns
    -------
    Changes; ``patch_before patch_after`` are None, classes have two digits. Areas are sums of cells, exact on the
    ellipsoid. Pieces and areas do not depend on how the rasters are cut into blocks.

    Raises
    ------
    UnknownLandClass : a cell holds none of 1–12.
    """
    clumps = _Clumps(lattice, _Joined(), {}, {}, defaultdict(lambda: defaultdict(int)), {}, {})
    farmland, kept, unknown = _Count(lattice), _Count(lattice), _Count(lattice)
    for block in blocks:
        was = block.before == FARMLAND_CELL
        became = block.after.astype("int32")
        if block.place is not None:
            was &= block.place > 0
            became += _MOST_CLASSES * block.place.astype("int32")
        farmland.add(block.row, was)
        kept.add(block.row, was & (block.after == FARMLAND_CELL))
        unknown.add(block.row, was & (block.after == 0))
        lost = was & (block.after != FARMLAND_CELL) & (block.after != 0)
        clumps.add(block, np.where(lost, became, 0))
    rows = []
    for value, shape, area_m2 in clumps.pieces():
        place, cell = divmod(value, _MOST_CLASSES)
        code = f"{cell:02d}"
        rows.append((code, change_of("01", code), shape, area_m2, places[place - 1] if place else None))
    rows.sort(key=lambda row: (row[2].bounds[1], row[2].bounds[0], shapely.to_wkb(row[2])))
    placed = [
        shapely.transform(
            row[2],
            lambda xy: np.column_stack(
                [lattice.west + xy[:, 0] * lattice.step_lon, lattice.north - xy[:, 1] * lattice.step_lat]
            ),
        )
        for row in rows
    ]
    pieces = gpd.GeoDataFrame(
        {
            "admin_code": [row[4] for row in rows],
            "patch_before": [None] * len(rows),
            "patch_after": [None] * len(rows),
            "class_before": ["01"] * len(rows),
            "class_after": [row[0] for row in rows],
            "change": [str(row[1]) for row in rows],
            "area_m2": [row[3] for row in rows],
        },
        geometry=placed,
        crs="EPSG:4490",
    )
    shaped = pieces.geometry.to_numpy()
    pieces.insert(7, "sliver", slivers(shaped, pieces["area_m2"].to_numpy(), tolerance or Tolerance()))

    def lost_to(change: FarmlandChange) -> float:
        return fsum(row[3] for row in rows if row[1] is change)

    balance = Balance(
        farmland_m2=farmland.area_m2(),
        kept_m2=kept.area_m2(),
        non_farm_m2=lost_to(FarmlandChange.NON_FARM),
        non_grain_m2=lost_to(FarmlandChange.NON_GRAIN),
        uncovered_m2=unknown.area_m2(),
    )
    return Changes(pieces, balance)
