"""Natural villages: where people live inside each administrative village, and how many."""

import numpy as np
import pandas as pd

from layers import AdminKind
from pipelines.demo.mesh import IntArray, Mesh
from pipelines.demo.plane import FloatArray, to_degrees
from pipelines.demo.terrain import Terrain

_HOTSPOT_M = 650.0
_FIRST = "上下大小新老东西南北中高石沙黄白龙凤马牛竹松杨李陈林何梁罗邓冯谢曾温莫欧潘房唐盘沈邵朱赖"
_SECOND = ("屋", "村", "坑", "围", "寨", "岭", "坝", "洞", "塘", "排", "冲", "坪", "田", "江口", "桥头", "陂头", "社下",
           "岗", "冲口", "角", "楼", "背", "径", "尾", "湾", "坳", "迳", "厂", "圩")  # fmt: skip
_URBAN = ("花园", "新村", "小区", "苑", "大厦片", "路片", "街片", "广场片")


def make_settlements(
    mesh: Mesh,
    village_of: IntArray,
    villages: pd.DataFrame,
    terrain: Terrain,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Place the natural villages of one county.

    Parameters
    ----------
    mesh, village_of : triangles of the county and the position in `villages` that each belongs to.
    villages : `admin_code`, `kind`, `mean_settlements`, `mean_people`, `development`.

    Returns
    -------
    `settlement_no`, `admin_code`, `name`, `households`, `population`, `lon`, `lat` (degrees, EPSG:4490); the first
    settlement of each village is its centre, where the committee sits.
    """
    centres = mesh.centres_m
    lonlat = to_degrees(centres)
    slope, elevation = terrain.slope_at(lonlat), terrain.elevation_at(lonlat)
    interior = _interior(mesh, village_of)
    order = np.argsort(village_of, kind="stable")
    starts = np.searchsorted(village_of[order], np.arange(len(villages) + 1))
    counts = _settlement_counts(villages, rng)
    chosen = []
    for position, count in enumerate(counts):
        members = order[starts[position] : starts[position + 1]]
        if interior[members].sum() >= 2 * count:
            members = members[interior[members]]
        height = elevation[members] - elevation[members].min()
        appeal = mesh.areas_m2[members] * np.exp(-slope[members] / 7 - height / 160)
        chosen.append(members[_clustered(centres[members], appeal, count, rng)])
    counts = np.array([len(c) for c in chosen])
    triangles = np.concatenate(chosen)
    places = to_degrees(_inside_triangles(mesh, triangles, rng))
    village = np.repeat(np.arange(len(villages)), counts)
    number = np.arange(len(village)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    codes = villages["admin_code"].to_numpy()[village]
    population = _populations(villages, village, number, counts, rng)
    urban = (villages["kind"] == AdminKind.COMMUNITY).to_numpy()[village]
    people_per_household = np.clip(np.where(urban, 3.3, 4.2) * rng.normal(1, 0.1, len(village)), 2.2, 6)
    return pd.DataFrame(
        {
            "settlement_no": [f"{code}{n:03d}" for code, n in zip(codes, number, strict=True)],
            "admin_code": codes,
            "name": _names(urban, village, rng),
            "households": np.maximum(np.round(population / people_per_household), 1).astype(int),
            "population": population,
            "lon": places[:, 0],
            "lat": places[:, 1],
        }
    )


def _interior(mesh: Mesh, village_of: IntArray) -> np.ndarray:
    """True for triangles that touch no village border, which smoothing may have moved."""
    across = np.where(mesh.neighbours >= 0, village_of[mesh.neighbours], -1) != village_of[:, None]
    touched = np.zeros(len(mesh.nodes_m), dtype=bool)
    for side in range(3):
        touched[mesh.triangles[across[:, side]][:, [(side + 1) % 3, (side + 2) % 3]]] = True
    return ~touched[mesh.triangles].any(axis=1)


def _settlement_counts(villages: pd.DataFrame, rng: np.random.Generator) -> IntArray:
    mean = villages["mean_settlements"].to_numpy() * rng.lognormal(-0.06, 0.35, len(villages))
    return np.maximum(rng.poisson(mean), 2)


def _clustered(points: FloatArray, appeal: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Pick `count` of the points near a few hotspots, the first one being the best hotspot."""
    count = min(count, len(points))
    hotspots = rng.choice(
        len(points), min(max(1, count // 4), len(points)), replace=False, p=appeal / appeal.sum()
    )
    gap = np.hypot(*(points[:, None, :] - points[hotspots][None, :, :]).transpose(2, 0, 1))
    weight = appeal * (0.05 + np.exp(-((gap / _HOTSPOT_M) ** 2)).sum(axis=1))
    centre = hotspots[np.argmax(appeal[hotspots])]
    if count == 1:
        return np.array([centre])
    weight[centre] = 0
    others = rng.choice(len(points), count - 1, replace=False, p=weight / weight.sum())
    return np.concatenate([[centre], others])


def _inside_triangles(mesh: Mesh, triangles: IntArray, rng: np.random.Generator) -> FloatArray:
    weights = 0.15 + 0.55 * rng.dirichlet(np.ones(3), len(triangles))
    return np.einsum("ti,tij->tj", weights, mesh.nodes_m[mesh.triangles[triangles]])


def _populations(
    villages: pd.DataFrame, village: IntArray, number: IntArray, counts: IntArray, rng: np.random.Generator
) -> IntArray:
    total = villages["mean_people"].to_numpy() * rng.lognormal(-0.08, 0.4, len(villages))
    share = rng.lognormal(0, 0.65, len(village)) * np.where(number == 1, 2.0, 1.0)
    share /= np.bincount(village, share, minlength=len(counts))[village]
    return np.clip(np.round(total[village] * share), 6, 9000).astype(int)


def _names(urban: np.ndarray, village: IntArray, rng: np.random.Generator) -> list[str]:
    """Made-up names, no name twice in a village."""
    names: list[str] = []
    used: set[tuple[int, str]] = set()
    for is_urban, position in zip(urban.tolist(), village.tolist(), strict=True):
        while True:
            first = _FIRST[rng.integers(len(_FIRST))]
            if is_urban:
                name = first + _FIRST[rng.integers(len(_FIRST))] + _URBAN[rng.integers(len(_URBAN))]
            else:
                name = first + _SECOND[rng.integers(len(_SECOND))]
            if (position, name) not in used:
                break
        used.add((position, name))
        names.append(name)
    return names
