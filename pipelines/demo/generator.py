"""The demo city from a seed to the files that departments hand over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from pipelines.demo.assistance import Assistance, make_assistance
from pipelines.demo.calendar import AS_OF
from pipelines.demo.county_view import CountyView, county_views
from pipelines.demo.delivery import Desk
from pipelines.demo.delivery_assistance import deliver_assistance
from pipelines.demo.delivery_housing_land import deliver_earlier_houses, deliver_houses, deliver_land
from pipelines.demo.delivery_infrastructure import Infrastructure, deliver_infrastructure
from pipelines.demo.delivery_land_bureau import LandBureau, deliver_land_bureau
from pipelines.demo.delivery_places import deliver_places, deliver_seats
from pipelines.demo.delivery_services import Services, deliver_services
from pipelines.demo.gateways import find_gateways
from pipelines.demo.geography import Geography, make_geography
from pipelines.demo.housing import make_houses
from pipelines.demo.land import Land, make_land
from pipelines.demo.land_cover import write_land_cover
from pipelines.demo.land_parcels import make_parcels
from pipelines.demo.land_plots import make_plots
from pipelines.demo.land_zones import make_zones
from pipelines.demo.manifest import Manifest
from pipelines.demo.places import county_polygons, real_counties
from pipelines.demo.population import write_population
from pipelines.demo.road_network import make_network
from pipelines.demo.roads import make_roads
from pipelines.demo.services import make_clinics, make_logistics, make_seats
from pipelines.demo.telecom import make_broadband
from pipelines.demo.water import make_water
from pipelines.demo.wording import spellings

ELEVATION_FILE, POPULATION_FILE = "elevation.tif", "population.tif"
LAND_COVER_FILES = "land_cover_before.tif", "land_cover_after.tif"
SEED = 441800


class Stage(StrEnum):
    """Stages of the generation, for progress."""

    GEOGRAPHY = "geography"
    FEATURES = "features"
    FILES = "files"


Progress = Callable[[Stage, str], object]
"""Told the stage, and the name of the county or file that is done."""


@dataclass
class _Parts:
    """Frames of the counties, by the name of what they hold."""

    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def add(self, **made: pd.DataFrame) -> None:
        for name, frame in made.items():
            self.frames.setdefault(name, []).append(frame)

    def areal(self, name: str) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(self.tabular(name), crs="EPSG:4490")

    def tabular(self, name: str) -> pd.DataFrame:
        return pd.concat(self.frames[name], ignore_index=True)


def generate(
    out_dir: Path,
    *,
    seed: int = SEED,
    counties: Sequence[str] | None = None,
    villages: int | None = None,
    progress: Progress = lambda stage, name: None,
) -> Manifest:
    """Generate the demo city as files.

    Parameters
    ----------
    out_dir : folder for the files and ``manifest.json``; made if it is not there. Files of the same names are
        replaced.
    seed : the same seed gives the same files, byte for byte.
    counties : six- or twelve-digit codes of the counties wanted, None for all. A county's features do not depend
        on which others are generated.
    villages : number of villages of the whole city; None for the real 1,235. More than that makes villages up.
    progress : called as the work goes on.

    Raises
    ------
    UnknownCounty : a county that the city does not have.
    TooFewVillages, TooManyVillages : fewer villages than the real ones, or more than codes have room for.
    """
    geography = make_geography(seed, counties, villages, lambda name: progress(Stage.GEOGRAPHY, name))
    parts, houses = _features(geography, seed, progress)
    out_dir.mkdir(parents=True, exist_ok=True)
    geography.terrain.write(out_dir / ELEVATION_FILE)
    write_population(out_dir / POPULATION_FILE, geography.counties, geography.settlements)
    before, after = (out_dir / name for name in LAND_COVER_FILES)
    write_land_cover(before, after, geography.counties, geography.settlements, geography.terrain, seed)
    desk = _files(out_dir, seed, geography, parts, houses, progress)
    manifest = Manifest(
        seed=seed,
        counties=tuple(code[:6] for code in geography.counties["admin_code"]),
        villages=len(geography.villages),
        as_of=AS_OF,
        elevation=ELEVATION_FILE,
        population=POPULATION_FILE,
        land_cover_before=before.name,
        land_cover_after=after.name,
        files=tuple(desk.files),
        earlier=tuple(sorted(desk.earlier, key=lambda file: (file.as_of, file.path))),
    )
    manifest.write(out_dir)
    return manifest


def _features(
    geography: Geography, seed: int, progress: Progress
) -> tuple[_Parts, dict[str, gpd.GeoDataFrame]]:
    gateways = find_gateways(real_counties(), county_polygons(), geography.terrain)
    parts, houses = _Parts(), {}
    for view in county_views(geography, gateways, seed):
        _county_features(view, parts)
        houses[view.name] = make_houses(view)
        progress(Stage.FEATURES, view.name)
    return parts, houses


def _county_features(view: CountyView, parts: _Parts) -> None:
    network = make_network(view)
    roads = make_roads(view, network)
    water = make_water(view, network, np.asarray(roads.geometry.array))
    broadband = make_broadband(view)
    land = make_land(view)
    plots, zones = make_plots(view), make_zones(view)
    assistance = make_assistance(view)
    parts.add(
        roads=roads,
        works=water.works,
        mains=water.mains,
        areas=water.areas,
        village_water=water.village_figures,
        stations=broadband.stations,
        speed_tests=broadband.speed_tests,
        village_fibre=broadband.village_figures,
        clinics=make_clinics(view),
        logistics=make_logistics(view),
        projects=land.projects,
        classes=land.classes,
        quotas=land.quotas,
        farmland=plots.farmland,
        patches=plots.patches,
        redlines=zones.redlines,
        boundaries=zones.boundaries,
        hazards=zones.hazards,
        parcels=make_parcels(view, plots, zones, land.projects),
        seats=make_seats(view),
        teams=assistance.teams,
        assets=assistance.assets,
        income=assistance.income,
    )


def _files(
    out_dir: Path,
    seed: int,
    geography: Geography,
    parts: _Parts,
    houses: dict[str, gpd.GeoDataFrame],
    progress: Progress,
) -> Desk:
    desk = Desk(out_dir, seed, spellings(geography))
    deliver_places(desk, geography)
    progress(Stage.FILES, "places")
    deliver_infrastructure(
        desk,
        Infrastructure(
            parts.areal("roads"),
            parts.areal("works"),
            parts.areal("mains"),
            parts.areal("areas"),
            parts.tabular("village_water"),
        ),
    )
    progress(Stage.FILES, "infrastructure")
    deliver_services(
        desk,
        Services(
            parts.areal("stations"),
            parts.areal("speed_tests"),
            parts.tabular("village_fibre"),
            parts.areal("clinics"),
            parts.areal("logistics"),
        ),
    )
    progress(Stage.FILES, "services")
    handed_in = [deliver_houses(desk, county, frame) for county, frame in houses.items()]
    deliver_earlier_houses(desk, gpd.GeoDataFrame(pd.concat(handed_in, ignore_index=True), crs="EPSG:4490"))
    progress(Stage.FILES, "houses")
    deliver_land(desk, Land(parts.areal("projects"), parts.tabular("classes"), parts.tabular("quotas")))
    deliver_seats(desk, parts.areal("seats"))
    deliver_land_bureau(
        desk,
        LandBureau(
            parts.areal("farmland"),
            parts.areal("redlines"),
            parts.areal("boundaries"),
            parts.areal("hazards"),
            parts.areal("patches"),
            parts.areal("parcels"),
        ),
    )
    progress(Stage.FILES, "land")
    deliver_assistance(
        desk, Assistance(parts.tabular("teams"), parts.areal("assets"), parts.tabular("income"))
    )
    progress(Stage.FILES, "assistance")
    return desk
