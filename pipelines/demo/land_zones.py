"""Zones that limit building in a county: ecological red lines, urban growth boundaries, geological hazard points."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
import shapely.geometry
from rasterio.features import rasterize
from rasterio.features import shapes as outlines
from rasterio.transform import from_origin
from scipy import ndimage

from layers.codes import GrowthZone, HazardKind
from pipelines.demo.county_view import CountyView
from pipelines.demo.land_plots import stated_mu
from pipelines.demo.plane import FloatArray, to_degrees, to_metres
from pipelines.demo.terrain import CELL_DEG, NORTH, WEST

_REDLINES = 5
_HIGHEST_SHARE, _CLEAR_OF_HOMES_CELLS = 0.30, 4
_FUNCTIONS = ("水源涵养", "生物多样性维护", "水土保持")
_TOWN_ZONES = 2
_HAZARDS_PER_VILLAGE = 0.25
_HAZARDS = (
    (HazardKind.LANDSLIDE, 0.42, 60),
    (HazardKind.ROCKFALL, 0.32, 35),
    (HazardKind.UNSTABLE_SLOPE, 0.14, 45),
    (HazardKind.DEBRIS_FLOW, 0.06, 120),
    (HazardKind.COLLAPSE, 0.06, 80),
)
"""Kind, share, typical radius in metres."""


@dataclass(frozen=True)
class Zones:
    """Frames in EPSG:4490 with the fields of the layer `land_constraints`."""

    redlines: gpd.GeoDataFrame
    boundaries: gpd.GeoDataFrame
    hazards: gpd.GeoDataFrame


def make_zones(view: CountyView) -> Zones:
    """Make the zones of a county; growth boundaries keep out of the red lines."""
    redlines = _redlines(view)
    return Zones(redlines, _boundaries(view, redlines), _hazards(view))


def _redlines(view: CountyView) -> gpd.GeoDataFrame:
    """The largest mountains, away from natural villages."""
    rng = view.stream("red lines")
    transform = from_origin(WEST, NORTH, CELL_DEG, CELL_DEG)
    shape = view.terrain.elevation_m.shape
    inside = rasterize([view.polygon], out_shape=shape, transform=transform) == 1
    height = ndimage.gaussian_filter(view.terrain.elevation_m, 4)
    row = ((NORTH - view.settlement_lonlat[:, 1]) / CELL_DEG).astype(int)
    column = ((view.settlement_lonlat[:, 0] - WEST) / CELL_DEG).astype(int)
    homes = np.zeros(shape, dtype=bool)
    homes[np.clip(row, 0, shape[0] - 1), np.clip(column, 0, shape[1] - 1)] = True
    away = ndimage.distance_transform_edt(~homes) > _CLEAR_OF_HOMES_CELLS
    high = inside & away & (height > np.quantile(height[inside], 1 - _HIGHEST_SHARE))
    high = ndimage.binary_opening(high, iterations=2)
    found, count = ndimage.label(high)
    sizes = np.bincount(found.ravel(), minlength=count + 1)
    sizes[0] = 0
    largest = [i for i in np.argsort(-sizes, kind="stable")[:_REDLINES] if sizes[i]]
    drawn = [
        _rounded(
            shapely.union_all(
                [
                    shapely.geometry.shape(outline)
                    for outline, value in outlines(
                        found.astype("int32"), mask=found == part, transform=transform
                    )
                    if value == part
                ]
            ),
            view.polygon,
        )
        for part in largest
    ]
    pieces = np.array(drawn, dtype=object)
    towns = _names_near(view, pieces)
    functions = rng.choice(_FUNCTIONS, len(pieces))
    return gpd.GeoDataFrame(
        {
            "redline_no": [f"HX{view.prefix}{i + 1:03d}" for i in range(len(pieces))],
            "name": [f"{view.name}{t}{f}生态保护红线" for t, f in zip(towns, functions, strict=True)],
            "function": functions,
            "stated_area_mu": stated_mu(pieces, rng),
        },
        geometry=pieces,
        crs="EPSG:4490",
    )


def _rounded(steps: shapely.Geometry, county: shapely.Polygon) -> shapely.Geometry:
    """The stairs of a raster as a line that a hand might have drawn, inside of the county."""
    plane = shapely.transform(steps, to_metres)
    smooth = shapely.buffer(shapely.buffer(shapely.buffer(plane, 260), -520), 260)
    smooth = shapely.simplify(smooth, 25)
    cut = shapely.intersection(shapely.transform(smooth, to_degrees), county)
    parts = shapely.get_parts(cut)
    parts = parts[shapely.get_type_id(parts) == 3]
    return parts[np.argmax(shapely.area(parts))]


def _names_near(view: CountyView, shapes: np.ndarray) -> np.ndarray:
    """The name of the township whose seat is nearest to each shape, without what kind of unit it is."""
    middles = to_metres(shapely.get_coordinates(shapely.centroid(shapes)))
    seats = to_metres(view.townships[["lon", "lat"]].to_numpy())
    gaps = np.hypot(*(middles[:, None] - seats[None]).transpose(2, 0, 1))
    return view.township_stems[gaps.argmin(axis=1)]


def _blob(centre_m: FloatArray, radius_m: float, rng: np.random.Generator) -> shapely.Polygon:
    """An irregular round shape in degrees."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = sum(
        rng.normal(0, 0.16 / k) * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in (1, 2, 3, 5, 8)
    )
    reach = radius_m * np.clip(1 + waves, 0.5, 1.6)
    return shapely.polygons(
        to_degrees(centre_m + reach[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))
    )


def _boundaries(view: CountyView, redlines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A concentrated, an elastic and a special zone at the county's seat, concentrated ones at its largest towns."""
    rng = view.stream("growth boundaries")
    kept_out = shapely.union_all(redlines.geometry.to_numpy())
    seats = view.settlement_metres[view.seat_of]
    people = np.bincount(view.township_of, view.village_people, minlength=len(view.townships)).astype(float)
    people[view.capital] = -1
    towns = np.argsort(-people, kind="stable")[:_TOWN_ZONES]
    reach = float(np.sqrt(view.village_people.sum() / 300_000)) * 1_500 + 800
    core = _blob(seats[view.capital], reach, rng)
    wide = _blob(seats[view.capital] + rng.normal(0, reach / 3, 2), reach * 1.5, rng)
    park = _blob(seats[view.capital] + reach * np.array([1.9, 0.4]), reach * 0.4, rng)
    capital = view.township_stems[view.capital]
    planned = [
        (f"{view.name}中心城区{GrowthZone.CONCENTRATED.text.zh}", GrowthZone.CONCENTRATED, core),
        (
            f"{view.name}中心城区{GrowthZone.ELASTIC.text.zh}",
            GrowthZone.ELASTIC,
            shapely.difference(wide, core),
        ),
        (
            f"{view.name}{capital}{GrowthZone.SPECIAL.text.zh}",
            GrowthZone.SPECIAL,
            shapely.difference(park, shapely.union(wide, core)),
        ),
        *(
            (
                f"{view.name}{view.township_stems[town]}{GrowthZone.CONCENTRATED.text.zh}",
                GrowthZone.CONCENTRATED,
                shapely.difference(_blob(seats[town], rng.uniform(450, 800), rng), shapely.union(wide, core)),
            )
            for town in towns
        ),
    ]
    shapes = [
        shapely.intersection(shapely.difference(shape, kept_out), view.polygon) for _, _, shape in planned
    ]
    there = [
        i
        for i, shape in enumerate(shapes)
        if shape.geom_type in ("Polygon", "MultiPolygon") and shape.area > 0
    ]
    return gpd.GeoDataFrame(
        {
            "boundary_no": [f"KF{view.prefix}{i + 1:02d}" for i in there],
            "name": [planned[i][0] for i in there],
            "zone": [str(planned[i][1]) for i in there],
            "stated_area_mu": stated_mu(np.array([shapes[i] for i in there], dtype=object), rng),
        },
        geometry=[shapes[i] for i in there],
        crs="EPSG:4490",
    )


def _hazards(view: CountyView) -> gpd.GeoDataFrame:
    """Slopes above houses."""
    rng = view.stream("hazard points")
    count = max(4, round(_HAZARDS_PER_VILLAGE * len(view.villages)))
    slope = view.terrain.slope_at(view.settlement_lonlat)
    weight = np.clip(slope, 0.05, 25) ** 2
    chosen = rng.choice(len(weight), min(count, len(weight)), replace=False, p=weight / weight.sum())
    kinds = [kind for kind, _, _ in _HAZARDS]
    which = rng.choice(len(kinds), len(chosen), p=[share for _, share, _ in _HAZARDS])
    radius = np.array([_HAZARDS[k][2] for k in which]) * rng.lognormal(0, 0.35, len(chosen))
    angle, away = rng.uniform(0, 2 * np.pi, len(chosen)), rng.uniform(50, 180, len(chosen))
    places = view.settlement_metres[chosen] + away[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    villages = view.village_of[chosen]
    points = shapely.points(to_degrees(places))
    homes = np.asarray(view.villages.geometry.array)[villages]
    points = np.where(
        shapely.intersects(homes, points), points, np.asarray(view.settlements.geometry.array)[chosen]
    )
    names = view.settlements["name"].to_numpy()[chosen]
    titles = view.village_titles[villages]
    return gpd.GeoDataFrame(
        {
            "hazard_no": [f"DZ{view.prefix}{i + 1:04d}" for i in range(len(chosen))],
            **view.names(villages),
            "name": [f"{titles[i]}{names[i]}{kinds[which[i]].text.zh}" for i in range(len(chosen))],
            "hazard_kind": [str(kinds[k]) for k in which],
            "scale": rng.choice(["小型", "中型", "大型"], len(chosen), p=[0.82, 0.15, 0.03]),
            "radius_m": np.round(radius / 5) * 5,
            "threatened_people": rng.poisson(14, len(chosen)),
        },
        geometry=points,
        crs="EPSG:4490",
    )
