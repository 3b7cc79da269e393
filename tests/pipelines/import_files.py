"""Files as departments hand them over, made for the tests of the import."""

import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

WEST, SOUTH, STEP = 112.4, 24.0, 0.05

UNITS = (
    ("441800000000", "清远市", "市", "地级市"),
    ("441881000000", "英德市", "县", "县级"),
    ("441826000000", "连南瑶族自治县", "县", "县级"),
    ("441881103000", "沙口镇", "乡镇", "镇"),
    ("441881104000", "西牛镇", "乡镇", "镇"),
    ("441826100000", "三江镇", "乡镇", "镇"),
    ("441826101000", "大麦山镇", "乡镇", "镇"),
    ("441881103201", "高桥村委会", "行政村", "村委会"),
    ("441881103202", "清溪村委会", "行政村", "村委会"),
    ("441881103203", "清溪社区居委会", "行政村", "社区"),
    ("441881104201", "花塘村委会", "行政村", "村委会"),
    ("441881104202", "金竹村委会", "行政村", "村委会"),
    ("441881104203", "树山村委会", "行政村", "村委会"),
    ("441826100201", "五星村委会", "行政村", "村委会"),
    ("441826100202", "金坑村委会", "行政村", "村委会"),
    ("441826100203", "联红村委会", "行政村", "村委会"),
    ("441826101201", "黄莲村委会", "行政村", "村委会"),
    ("441826101202", "新寨村委会", "行政村", "村委会"),
    ("441826101203", "上洞村委会", "行政村", "村委会"),
)
"""Code, name, level and kind: two counties, four townships in a row, three villages in each."""

VILLAGES = tuple(code for code, *_ in UNITS if not code.endswith("000"))


def village_box(code: str) -> shapely.Polygon:
    """The square of a village: townships side by side from the west, villages from the south."""
    townships = list(dict.fromkeys(v[:9] for v in VILLAGES))
    west = WEST + STEP * townships.index(code[:9])
    south = SOUTH + STEP * (int(code[-1]) - 1)
    return shapely.segmentize(shapely.box(west, south, west + STEP, south + STEP), STEP / 4)


def units_frame() -> gpd.GeoDataFrame:
    """The register as a file of units, EPSG:4490."""
    digits = {"市": 4, "县": 6, "乡镇": 9, "行政村": 12}
    outlines = [
        shapely.union_all([village_box(v) for v in VILLAGES if v.startswith(code[: digits[level]])])
        for code, _, level, _ in UNITS
    ]
    frame = pd.DataFrame(UNITS, columns=["区划代码", "名称", "级别", "类别"])
    codes = {"县": "county", "乡镇": "township", "行政村": "village"}
    return gpd.GeoDataFrame(frame.replace({"级别": codes}), geometry=outlines, crs=4490)


def inside(code: str, count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes of `count` places well inside a village."""
    west, south, east, north = village_box(code).bounds
    numbers = np.random.default_rng(seed).uniform(0.15, 0.85, (2, count))
    return west + numbers[0] * (east - west), south + numbers[1] * (north - south)


def houses(count: int = 24, **columns: Sequence[object]) -> pd.DataFrame:
    """Sound rows of houses with codes and coordinates, spread over all villages; `columns` replace."""
    villages = [VILLAGES[i % len(VILLAGES)] for i in range(count)]
    places = [inside(village, 1, seed=i) for i, village in enumerate(villages)]
    frame = pd.DataFrame(
        {
            "户编号": [f"H{i:04d}" for i in range(count)],
            "户主姓名": "张三",
            "鉴定等级": ["A级", "B", "Ｃ级", "D级"] * (count // 4) + ["A"] * (count % 4),
            "改造状态": "已排查",
            "建筑面积": 80.5,
            "区划代码": villages,
            "经度": [float(lon[0]) for lon, _ in places],
            "纬度": [float(lat[0]) for _, lat in places],
        }
    )
    return frame.assign(**columns)


def house_points(count: int = 24, **columns: Sequence[object]) -> gpd.GeoDataFrame:
    """The same with geometry in EPSG:4490 in place of the coordinate columns."""
    frame = houses(count, **columns)
    points = shapely.points(frame.pop("经度"), frame.pop("纬度"))
    return gpd.GeoDataFrame(frame, geometry=points, crs=4490)


def zip_shapefile(
    frame: gpd.GeoDataFrame,
    path: Path,
    *,
    encoding: str = "GBK",
    parts: Sequence[str] = (".shp", ".shx", ".dbf"),
    cpg: str | None = None,
) -> Path:
    """Write a zipped shapefile with the chosen parts, and a .cpg that says what one likes."""
    folder = path.parent / f"{path.stem}-parts"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    frame.to_file(folder / "数据.shp", encoding=encoding)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in parts:
            archive.write(folder / f"数据{part}", f"交付/数据{part}")
        if cpg is not None:
            archive.writestr("交付/数据.cpg", cpg)
    return path


def zip_of(path: Path, contents: Mapping[str, bytes]) -> Path:
    """Write a zip with any contents."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in contents.items():
            archive.writestr(name, data)
    return path
