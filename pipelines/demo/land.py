"""Land of the demo city: consolidation projects and construction-land quotas."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from pipelines.demo.by_county import DAY0, TODAY, by_county, days, numbered
from pipelines.demo.geography import CRS, Geography
from pipelines.demo.randomness import stream

_PROJECTS_PER_VILLAGE = 0.486
_KINDS = np.array(["whole_area", "high_standard", "dry_to_paddy", "reclamation", "linked_quota"])
_KIND_NAMES = {
    "whole_area": "全域土地综合整治",
    "high_standard": "高标准农田建设",
    "dry_to_paddy": "旱改水",
    "reclamation": "拆旧复垦",
    "linked_quota": "城乡建设用地增减挂钩",
}
_BEFORE = {"whole_area": "0103", "high_standard": "0103", "dry_to_paddy": "0103"}
_AFTER = {"whole_area": "0101", "high_standard": "0101", "dry_to_paddy": "0101"}
_M2_PER_MU = 10_000 / 15


def make_projects(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """Some 600 project areas, each inside one village, no two of them overlapping."""
    return by_county(geography, seed, "consolidation", _projects)


def _projects(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    count = max(4, round(_PROJECTS_PER_VILLAGE * len(villages)))
    chosen = villages.iloc[np.sort(rng.choice(len(villages), min(count, len(villages)), replace=False))]
    kind = rng.choice(_KINDS, len(chosen), p=[0.08, 0.42, 0.16, 0.2, 0.14])
    shapes = [
        _area(shape, lon, lat, k, rng)
        for shape, lon, lat, k in zip(chosen.geometry, chosen["lon"], chosen["lat"], kind, strict=True)
    ]
    area_mu = gpd.GeoSeries(shapes, crs=CRS).to_crs("EPSG:4547").area.to_numpy() / _M2_PER_MU
    building = np.isin(kind, ["reclamation", "linked_quota"])
    share = np.where(building, rng.uniform(0.55, 0.92, len(chosen)), rng.uniform(0.01, 0.09, len(chosen)))
    saved = np.where(building, area_mu * share * rng.uniform(0.7, 0.98, len(chosen)), 0.0).round(2)
    state = rng.choice(
        ["proposed", "approved", "under_way", "accepted", "cancelled"],
        len(chosen),
        p=[0.12, 0.16, 0.3, 0.39, 0.03],
    )
    done = state == "accepted"
    accepted = days(DAY0, rng.integers(60, int((TODAY - DAY0).astype(int)), len(chosen)))
    return gpd.GeoDataFrame(
        {
            "project_no": numbered("ZZ", villages["admin_code"].iloc[0][:6], len(chosen)),
            "name": [f"{n}{_KIND_NAMES[k]}项目" for n, k in zip(chosen["name"], kind, strict=True)],
            "project_kind": kind,
            "stated_area_mu": area_mu.round(2),
            "new_farmland_mu": (area_mu * share).round(2),
            "class_before": [_BEFORE.get(k, "0702") for k in kind],
            "class_after": [_AFTER.get(k, "0103") for k in kind],
            "saved_quota_mu": saved,
            "used_quota_mu": np.where(done, saved * rng.uniform(0, 0.8, len(chosen)), 0.0).round(2),
            "investment_yuan": (area_mu * rng.uniform(1800, 6500, len(chosen))).round(-2),
            "state": state,
            "accepted_on": np.where(done, accepted, np.datetime64("NaT")),
            "admin_code": chosen["admin_code"].to_numpy(),
        },
        geometry=shapes,
        crs=CRS,
    )


def _area(
    village: shapely.Geometry, lon: float, lat: float, kind: str, rng: np.random.Generator
) -> shapely.Geometry:
    """A blob near the village's seat, cut at the village boundary; whole-area projects take the village."""
    if kind == "whole_area":
        return village
    mean_m = {"high_standard": 420, "dry_to_paddy": 230}.get(kind, 90)
    radius = mean_m * np.exp(rng.normal(0, 0.35))
    turn = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    wobble = 1 + sum(rng.uniform(0, 0.22) * np.sin(k * turn + rng.uniform(0, 6.3)) for k in (2, 3, 5))
    away = rng.normal(0, 500, 2)
    x = (away[0] + radius * wobble * np.cos(turn)) / (111_320 * np.cos(np.radians(lat))) + lon
    y = (away[1] + radius * wobble * np.sin(turn)) / 110_700 + lat
    blob = shapely.Polygon(np.column_stack([x, y])).buffer(0).intersection(village)
    parts = [p for p in shapely.get_parts(blob) if p.geom_type == "Polygon" and p.area > 1e-9]
    if parts:
        return max(parts, key=lambda p: p.area)
    return village.representative_point().buffer(radius / 111_000).intersection(village)


def make_quotas(geography: Geography, seed: int) -> pd.DataFrame:
    """Construction-land scale of each county and township, 亩; some reserve less than the plan's 10 %."""
    rows = []
    for county in geography.counties["admin_code"]:
        rng = stream(seed, "quotas", county)
        towns = geography.townships[geography.townships["admin_code"].str.startswith(county[:6])]
        total = rng.uniform(2500, 16_000, len(towns)).round(1)
        reserved = (total * np.clip(rng.normal(0.118, 0.022, len(towns)), 0.04, 0.2)).round(1)
        allotted = (reserved * rng.uniform(0.3, 0.95, len(towns))).round(1)
        used = (allotted * rng.uniform(0.3, 0.95, len(towns))).round(1)
        frame = pd.DataFrame(
            {
                "admin_code": towns["admin_code"].to_numpy(),
                "total_scale_mu": total,
                "reserved_mu": reserved,
                "allotted_mu": allotted,
                "used_mu": used,
            }
        )
        sums = frame.drop(columns="admin_code").sum().round(1).to_dict()
        rows += [pd.DataFrame([{"admin_code": county, **sums}]), frame]
    return pd.concat(rows, ignore_index=True)
