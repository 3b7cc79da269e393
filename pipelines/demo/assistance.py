"""Assistance teams, assistance assets and incomes of village collectives of a county; made up, with no real unit."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import AdminKind
from layers.assistance import AssetKind, AssetState
from pipelines.demo.calendar import AS_OF, days_before
from pipelines.demo.county_view import CountyView
from pipelines.demo.plane import to_degrees

_TERM_YEARS = 3
_LONGEST_SERVED_DAYS = 640
_TEAM_CHANCE = 0.97
_REPORTED_CHANCE = 0.96
_OPERATING = ("光伏电站", "蔬菜大棚", "农产品加工车间", "扶贫商铺", "茶园基地", "冷库")
_PUBLIC = ("农田灌渠", "文化活动室", "村道路灯", "饮水蓄水池")
_HOUSEHOLD = ("入股分红养殖", "庭院种植")
_STATES = (AssetState.IN_USE, AssetState.IDLE, AssetState.DAMAGED, AssetState.DISPOSED)


@dataclass(frozen=True)
class Assistance:
    """What the office of rural revitalisation knows; `assets` in EPSG:4490."""

    teams: pd.DataFrame
    assets: gpd.GeoDataFrame
    income: pd.DataFrame


def make_assistance(view: CountyView) -> Assistance:
    """Teams of most townships, assets of many villages, incomes of nearly all."""
    return Assistance(_teams(view), _assets(view), _income(view))


def _teams(view: CountyView) -> pd.DataFrame:
    rng = view.stream("assistance teams")
    towns = view.townships[(view.townships["kind"] != AdminKind.OTHER).to_numpy()]
    towns = towns[rng.random(len(towns)) < _TEAM_CHANCE].reset_index(drop=True)
    count = len(towns)
    begun = days_before(rng.integers(60, _LONGEST_SERVED_DAYS, count))
    ends = begun + np.timedelta64(_TERM_YEARS * 365, "D")
    return pd.DataFrame(
        {
            "team_no": [f"BF{code[:9]}" for code in towns["admin_code"]],
            "county": view.name,
            "township": towns["name"].to_numpy(),
            "lead_unit": [f"演示组长单位{n:02d}" for n in rng.integers(1, 60, count)],
            "member_units": [
                "、".join(
                    f"演示成员单位{n:02d}"
                    for n in sorted(rng.choice(99, rng.integers(2, 5), replace=False) + 1)
                )
                for _ in range(count)
            ],
            "leader": [f"队长{n:02d}" for n in range(1, count + 1)],
            "phone": [f"0763-{n:07d}" for n in rng.integers(3_000_000, 4_000_000, count)],
            "head_count": rng.integers(5, 13, count),
            "term_from": begun,
            "term_to": ends,
            "county_contact": [f"{view.name}联系人{n:02d}" for n in range(1, count + 1)],
        }
    )


def _assets(view: CountyView) -> gpd.GeoDataFrame:
    rng = view.stream("assistance assets")
    development = view.villages["development"].to_numpy()
    number = rng.poisson(0.4 + 1.1 * (1 - development))
    villages = np.repeat(np.arange(len(view.villages)), number)
    count = len(villages)
    kinds = rng.choice([str(kind) for kind in AssetKind], count, p=(0.55, 0.35, 0.1))
    things = {
        str(AssetKind.OPERATING): _OPERATING,
        str(AssetKind.PUBLIC): _PUBLIC,
        str(AssetKind.HOUSEHOLD): _HOUSEHOLD,
    }
    names = [
        f"{title}{rng.choice(things[kind])}"
        for title, kind in zip(view.village_titles[villages], kinds, strict=True)
    ]
    states = rng.choice([str(state) for state in _STATES], count, p=(0.84, 0.1, 0.04, 0.02))
    cost = np.round(rng.lognormal(12.6, 0.8, count), -3)
    earning = (kinds != str(AssetKind.PUBLIC)) & (states == str(AssetState.IN_USE))
    income = np.where(earning, np.round(cost * rng.uniform(0.02, 0.11, count), -2), np.nan)
    checked = days_before(rng.integers(10, 520, count)).astype("datetime64[ns]")
    lonlat = to_degrees(view.settlement_metres[view.centre_of[villages]] + rng.normal(0, 60, (count, 2)))
    return gpd.GeoDataFrame(
        {
            "asset_no": [f"ZC{view.prefix}{n + 1:04d}" for n in range(count)],
            **view.names(villages),
            "name": names,
            "asset_kind": kinds,
            "built_year": rng.integers(2016, AS_OF.year, count),
            "cost_yuan": cost,
            "owner": [f"{title}经济联合社" for title in view.village_titles[villages]],
            "asset_state": states,
            "income_yuan": income,
            "checked_on": pd.Series(checked).where(rng.random(count) > 0.06),
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4490",
    )


def _income(view: CountyView) -> pd.DataFrame:
    rng = view.stream("village income")
    kept = np.flatnonzero(rng.random(len(view.villages)) < _REPORTED_CHANCE)
    development = view.villages["development"].to_numpy()[kept]
    income = np.round(np.exp(11.75 + 0.9 * development + rng.normal(0, 0.35, len(kept))), -2)
    return view.names(kept).assign(
        income_year=AS_OF.year - 1,
        income_yuan=income,
        operating_yuan=np.round(income * rng.uniform(0.3, 0.9, len(kept)), -2),
    )
