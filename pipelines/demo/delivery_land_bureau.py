"""Files of the land bureau: what limits building, land patches of two editions, parcels."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from layers.codes import ParcelKind, ParcelUse
from pipelines.demo.delivery import (
    GEOMETRY,
    NAMES,
    Desk,
    clean,
    far_away_points,
    far_away_shapes,
    unknown_villages,
)
from pipelines.demo.delivery_housing_land import bow_tie
from pipelines.demo.land_parcels import CONFLICTS
from pipelines.demo.land_plots import EDITIONS
from pipelines.demo.manifest import Outcome, Planted
from pipelines.demo.soiling import Soiler
from pipelines.land.boundary_txt import zone_of

_LAND = "清远市自然资源局"
_BY_POINTS = "441826"
"""The county that hands its ordinary parcels in as texts of boundary points."""
_STATED = "填报面积"


@dataclass(frozen=True)
class LandBureau:
    """What the bureau hands in, EPSG:4490."""

    farmland: gpd.GeoDataFrame
    redlines: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame
    patches: gpd.GeoDataFrame
    parcels: gpd.GeoDataFrame


def deliver_land_bureau(desk: Desk, made: LandBureau) -> None:
    """Write the bureau's files; parcels come last, when what limits them is there."""
    desk.shapefiles(
        "永久基本农田",
        "basic_farmland",
        _LAND,
        made.farmland,
        {"plot_no": "图斑编号", "land_class": "地类编码", "stated_area_mu": _STATED, "grade": "质量等级"},
        _soil_farmland,
    )
    desk.geopackage(
        "生态保护红线",
        "ecological_redlines",
        _LAND,
        made.redlines,
        {"redline_no": "红线编号", "name": "红线名称", "function": "主导功能", "stated_area_mu": _STATED},
        clean,
    )
    desk.geopackage(
        "城镇开发边界",
        "growth_boundaries",
        _LAND,
        made.boundaries,
        {"boundary_no": "边界编号", "name": "边界名称", "zone": "分区类型", "stated_area_mu": _STATED},
        clean,
    )
    desk.points_csv(
        "地质灾害隐患点",
        "hazard_points",
        _LAND,
        desk.named(made.hazards, "hazards"),
        {
            "hazard_no": "隐患点编号",
            **NAMES,
            "name": "隐患点名称",
            "hazard_kind": "灾害类型",
            "scale": "规模等级",
            "radius_m": "影响半径",
            "threatened_people": "威胁人口",
        },
        _soil_hazards,
        encoding="gbk",
    )
    for edition in EDITIONS:
        desk.geopackage(
            f"地类图斑_{edition}",
            "land_patches",
            _LAND,
            made.patches[made.patches["edition"] == edition].reset_index(drop=True),
            {
                "edition": "调查年度",
                "patch_no": "图斑编号",
                "land_class": "地类编码",
                "stated_area_mu": _STATED,
            },
            clean,
        )
    _parcels(desk, made.parcels)


def _parcels(desk: Desk, parcels: gpd.GeoDataFrame) -> None:
    by_points = parcels["parcel_no"].str.startswith(f"DK{_BY_POINTS}") & (
        parcels["parcel_kind"] == str(ParcelKind.ORDINARY)
    )
    listed, surveyed = (parcels[kept].reset_index(drop=True) for kept in (~by_points, by_points))

    def soil(soiler: Soiler) -> None:
        for planted in _planted(listed):
            soiler.meant(planted.kind, planted.count)
        _soil_parcels(soiler)

    desk.geopackage(
        "用地地块",
        "land_parcels",
        _LAND,
        desk.named(listed, "parcels"),
        {
            "parcel_no": "地块编号",
            **NAMES,
            "name": "地块名称",
            "parcel_kind": "供地方式",
            "parcel_use": "地块用途",
            "applicant": "用地单位",
            "stated_area_mu": _STATED,
            "class_before": "现状地类",
            "quota_kind": "使用指标类型",
            "project_no": "节余指标来源项目",
        },
        soil,
    )
    if surveyed.empty:
        return
    zones = np.array([zone_of(shape) for shape in surveyed.geometry])
    uses = surveyed["parcel_use"].map({str(use): use.text.zh for use in ParcelUse})
    desk.boundary_texts(
        "用地地块界址点",
        "land_parcels",
        f"{surveyed['county'].iloc[0]}自然资源局",
        surveyed.assign(parcel_use=uses),
        {int(zone): _planted(surveyed[zones == zone]) for zone in np.unique(zones)},
    )


def _planted(parcels: gpd.GeoDataFrame) -> tuple[Planted, ...]:
    """The conflicts that parcels were made with: to the import they are as good as any."""
    counts = parcels["planted"].value_counts()
    return tuple(
        Planted(kind, Outcome.UNDERSTOOD, None, int(counts[kind])) for kind in CONFLICTS if kind in counts
    )


def _soil_farmland(soiler: Soiler) -> None:
    soiler.cells("bow_tie", Outcome.REPAIRED, "geometry_repaired", 2, {GEOMETRY: bow_tie})
    _misstated(soiler, 4)
    far_away_shapes(soiler, 1)
    soiler.duplicates(1)


def _soil_hazards(soiler: Soiler) -> None:
    unknown_villages(soiler, 1)
    far_away_points(soiler, 1)


def _soil_parcels(soiler: Soiler) -> None:
    _misstated(soiler, 3)
    soiler.duplicates(1)


def _misstated(soiler: Soiler, count: int) -> None:
    """Areas that are not those of the shapes."""
    soiler.cells(
        "area_misstated",
        Outcome.WARNED,
        "stated_area_differs",
        count,
        {_STATED: lambda old: round(float(str(old)) * 1.06, 2)},
    )
