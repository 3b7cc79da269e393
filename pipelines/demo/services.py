"""Township seats, clinics and logistics points of a county."""

import geopandas as gpd
import numpy as np

from layers import AdminKind
from layers.clinics import ClinicKind
from layers.codes import OperatingState
from layers.logistics_points import LogisticsTier
from pipelines.demo.county_view import CountyView
from pipelines.demo.plane import to_degrees
from pipelines.demo.roads import government


def make_seats(view: CountyView) -> gpd.GeoDataFrame:
    """The seats of towns and streets, beside the natural village nearest to the real one; EPSG:4490.

    The real positions are good to about 1 km only, and the roads are made up: a seat stands where they lead.
    Zones and estates have none.
    """
    rng = view.stream("township seats")
    lonlat = to_degrees(view.settlement_metres[view.seat_of] + rng.normal(0, 30, (len(view.townships), 2)))
    seats = gpd.GeoDataFrame(
        {
            "admin_code": view.townships["admin_code"],
            "name": [government(name) for name in view.townships["name"]],
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4490",
    )
    return seats[(view.townships["kind"] != AdminKind.OTHER).to_numpy()].reset_index(drop=True)


def make_clinics(view: CountyView) -> gpd.GeoDataFrame:
    """A hospital in each township and a clinic in most villages; fields of the clinics layer, EPSG:4490."""
    rng = view.stream("clinics")
    seats = view.seat_of
    has_clinic = rng.random(len(view.villages)) < 0.80 + 0.18 * view.villages["development"].to_numpy()
    villages = np.flatnonzero(has_clinic)
    settlements = np.concatenate([seats, view.centre_of[villages]])
    hospital = np.arange(len(settlements)) < len(seats)
    lonlat = to_degrees(view.settlement_metres[settlements] + rng.normal(0, 40, (len(settlements), 2)))
    titles = view.village_titles[villages]
    names = [f"{name}卫生院" for name in view.townships["name"]] + [f"{title}卫生站" for title in titles]
    return gpd.GeoDataFrame(
        {
            "clinic_no": [f"WS{view.prefix}{i + 1:04d}" for i in range(len(settlements))],
            **view.names(view.village_of[settlements]),
            "name": names,
            "clinic_kind": np.where(hospital, str(ClinicKind.TOWNSHIP), str(ClinicKind.VILLAGE)),
            "beds": np.where(
                hospital, rng.integers(20, 160, len(settlements)), rng.integers(0, 6, len(settlements))
            ),
            "doctors": np.where(
                hospital, rng.integers(8, 70, len(settlements)), rng.integers(1, 4, len(settlements))
            ),
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4490",
    )


def make_logistics(view: CountyView) -> gpd.GeoDataFrame:
    """A hub for the county, a station in each township, points in part of the villages."""
    rng = view.stream("logistics")
    has_point = rng.random(len(view.villages)) < 0.25 + 0.6 * view.villages["development"].to_numpy()
    villages = np.flatnonzero(has_point)
    settlements = np.concatenate([view.seat_of[[view.capital]], view.seat_of, view.centre_of[villages]])
    tier = np.full(len(settlements), str(LogisticsTier.VILLAGE), dtype=object)
    tier[1 : 1 + len(view.seat_of)] = str(LogisticsTier.TOWNSHIP)
    tier[0] = str(LogisticsTier.COUNTY)
    titles = view.village_titles[villages]
    names = [
        f"{view.name}电商物流中心",
        *(f"{name}物流服务站" for name in view.townships["name"]),
        *(f"{title}物流服务点" for title in titles),
    ]
    lonlat = to_degrees(view.settlement_metres[settlements] + rng.normal(0, 60, (len(settlements), 2)))
    states = [str(s) for s in (OperatingState.RUNNING, OperatingState.STOPPED, OperatingState.BUILDING)]
    return gpd.GeoDataFrame(
        {
            "point_no": [f"WL{view.prefix}{i + 1:04d}" for i in range(len(settlements))],
            **view.names(view.village_of[settlements]),
            "name": names,
            "tier": tier,
            "state": rng.choice(states, len(settlements), p=[0.9, 0.06, 0.04]),
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4490",
    )
