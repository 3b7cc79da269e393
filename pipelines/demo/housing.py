"""Appraised houses of a county and what became of them."""

import geopandas as gpd
import numpy as np
import pandas as pd

from layers.codes import HouseGrade, HouseState, HouseStructure, IncomeCategory
from pipelines.demo.calendar import AS_OF, Days
from pipelines.demo.county_view import CountyView
from pipelines.demo.mesh import IntArray
from pipelines.demo.plane import to_degrees

_HOUSES_PER_VILLAGE = 32.4
_FAMILY = "陈李黄张何林罗邓谢梁冯曾朱刘吴温莫欧潘房唐盘沈邵赖郭叶范钟徐"
_GIVEN = "伟明强国华文英秀兰芳金志建军永福胜贵连桂生水火木土新天德光亚观社北石妹娣招弟玉珍珠凤"
_CONTRACTORS = ("宏达", "恒基", "粤北", "锦城", "鸿兴", "众诚", "广源", "永固")


def make_houses(view: CountyView) -> gpd.GeoDataFrame:
    """Houses with the fields of the housing layer (codes, not words) and the names of their village, EPSG:4490.

    Most are of grade A or B; C and D are commoner in poor villages. Houses of grade C and D and those on cut
    slopes are worked on; states and dates follow the state machine. Householders are made up.
    """
    rng = view.stream("houses")
    settlements = _settlements(view, rng)
    count = len(settlements)
    level = view.development[settlements]
    grade = _grades(level, rng)
    structure = _structures(grade, rng)
    slope = view.terrain.slope_at(view.settlement_lonlat[settlements])
    cut_slope = rng.random(count) < np.clip(0.015 + slope / 130, 0, 0.28)
    state, dates = _histories(grade, cut_slope, level, rng)
    income = _incomes(grade, level, rng)
    jitter = rng.normal(0, 45, (count, 2))
    lonlat = to_degrees(view.settlement_metres[settlements] + np.clip(jitter, -120, 120))
    under_way = np.isin(
        state, [str(s) for s in (HouseState.UNDER_WAY, HouseState.ACCEPTED, HouseState.OCCUPIED)]
    )
    renovated = under_way & np.isin(grade, ("C", "D"))
    return gpd.GeoDataFrame(
        {
            "household_no": [f"NF{view.prefix}{i + 1:06d}" for i in range(count)],
            **view.names(view.village_of[settlements]),
            "householder": _people(count, rng),
            "grade": grade,
            "structure": structure,
            "built_year": _built_years(structure, rng),
            "floor_area_m2": np.round(np.clip(rng.lognormal(np.log(108), 0.42, count), 18, 620), 1),
            "cut_slope": cut_slope,
            "income_category": income,
            "state": state,
            **dates,
            "subsidy_yuan": _subsidies(grade, income, renovated, rng),
            "contractor": _contractors(view, under_way, rng),
        },
        geometry=gpd.points_from_xy(*lonlat.T),
        crs="EPSG:4490",
    )


def _settlements(view: CountyView, rng: np.random.Generator) -> IntArray:
    """Settlement of each house, by rural households; towns have few rural houses."""
    rural = (view.villages["kind"] == "village").to_numpy()[view.village_of]
    weight = (
        view.settlements["households"].to_numpy()
        * np.where(rural, 1.0, 0.12)
        * (1.3 - 0.6 * view.development)
    )
    count = round(_HOUSES_PER_VILLAGE * len(view.villages) * (1.25 - 0.5 * view.development.mean()))
    return np.sort(rng.choice(len(weight), count, p=weight / weight.sum()))


def _grades(level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    luck = rng.random(len(level))
    d = 0.012 + 0.035 * (1 - level)
    c = 0.025 + 0.065 * (1 - level)
    b = 0.22 + 0.20 * (1 - level)
    grades = [str(g) for g in (HouseGrade.D, HouseGrade.C, HouseGrade.B)]
    return np.select([luck < d, luck < d + c, luck < d + c + b], grades, str(HouseGrade.A)).astype(object)


def _structures(grade: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    kinds = [
        str(s)
        for s in (
            HouseStructure.EARTH,
            HouseStructure.BRICK_TIMBER,
            HouseStructure.BRICK_CONCRETE,
            HouseStructure.FRAME,
            HouseStructure.STONE,
        )
    ]
    chances = {
        "A": (0.01, 0.07, 0.64, 0.27, 0.01),
        "B": (0.06, 0.24, 0.62, 0.06, 0.02),
        "C": (0.30, 0.42, 0.23, 0.01, 0.04),
        "D": (0.62, 0.28, 0.05, 0.0, 0.05),
    }
    structure = np.empty(len(grade), dtype=object)
    for code, chance in chances.items():
        chosen = grade == code
        structure[chosen] = rng.choice(kinds, chosen.sum(), p=chance)
    return structure


def _built_years(structure: np.ndarray, rng: np.random.Generator) -> IntArray:
    middle = {"earth": 1968, "brick_timber": 1979, "brick_concrete": 1999, "frame": 2012, "stone": 1965}
    year = np.array([middle[s] for s in structure]) + rng.normal(0, 8, len(structure))
    return np.clip(np.round(year), 1935, 2023).astype(int)


def _incomes(grade: np.ndarray, level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    luck = rng.random(len(grade)) * np.where(np.isin(grade, ("C", "D")), 0.42, 1.0) * (0.7 + 0.6 * level)
    codes = [
        str(c)
        for c in (
            IncomeCategory.DESTITUTE,
            IncomeCategory.MINIMUM_LIVING,
            IncomeCategory.LOW_INCOME,
            IncomeCategory.SUDDEN_HARDSHIP,
        )
    ]
    return np.select(
        [luck < 0.012, luck < 0.05, luck < 0.075, luck < 0.083], codes, str(IncomeCategory.NONE)
    ).astype(object)


def _histories(
    grade: np.ndarray, cut_slope: np.ndarray, level: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, Days]]:
    """State and step dates of each house; a step that has not been reached has no date.

    A sound house on a cut slope has its slope secured, at the pace at which dangerous houses are renovated.
    """
    count = len(grade)
    dangerous = np.isin(grade, ("C", "D"))
    needs_work = dangerous | cut_slope
    pace = 1.35 - 0.55 * level
    found = np.datetime64("2020-07-01") + rng.integers(0, 1500, count).astype("timedelta64[D]")
    found[needs_work] = np.datetime64("2021-06-01") + rng.integers(0, 1440, needs_work.sum()).astype(
        "timedelta64[D]"
    )
    steps = [found]
    for low, high in ((8, 75), (25, 190), (15, 150), (70, 320)):
        steps.append(steps[-1] + np.round(rng.uniform(low, high, count) * pace).astype("timedelta64[D]"))
    _, appraised, planned, started, accepted = steps
    moved_in = accepted + rng.integers(5, 90, count).astype("timedelta64[D]")
    today = np.datetime64(AS_OF, "D")
    stalled = rng.random(count) < 0.10 * pace
    accepted = np.where(stalled, np.datetime64("2099-01-01"), accepted)
    moved_in = np.where(stalled, np.datetime64("2099-01-01"), moved_in)
    names = [HouseState.OCCUPIED, HouseState.ACCEPTED, HouseState.UNDER_WAY, HouseState.PLANNED]
    reached = np.select(
        [moved_in <= today, accepted <= today, started <= today, planned <= today],
        [str(s) for s in names],
        str(HouseState.APPRAISED),
    ).astype(object)
    gone = dangerous & (planned <= today) & (rng.random(count) < np.where(grade == "D", 0.22, 0.05))
    relocated = rng.random(count) < 0.3
    reached[gone] = np.where(relocated[gone], str(HouseState.RELOCATED), str(HouseState.DEMOLISHED))
    reached[~needs_work] = str(HouseState.APPRAISED)
    appraised = np.minimum(appraised, today)
    later = ("planned", "under_way", "accepted", "occupied")
    is_planned = np.isin(reached, later) | gone
    is_started, is_accepted = np.isin(reached, later[1:]), np.isin(reached, later[2:])
    nat = np.datetime64("NaT")
    return reached, {
        "found_on": np.minimum(found, appraised),
        "appraised_on": appraised,
        "planned_on": np.where(is_planned, planned, nat),
        "started_on": np.where(is_started, started, nat),
        "due_on": np.where(is_planned, planned + np.timedelta64(365, "D"), nat),
        "accepted_on": np.where(is_accepted, accepted, nat),
    }


def _subsidies(
    grade: np.ndarray, income: np.ndarray, renovated: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    poor = income != str(IncomeCategory.NONE)
    low = np.where(grade == "D", np.where(poor, 34_000, 18_000), np.where(poor, 12_000, 6_000))
    amount = low + rng.integers(0, 12, len(grade)) * 500
    return np.where(renovated, amount.astype(float), np.nan)


def _contractors(view: CountyView, under_way: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    firms = [f"{view.name[:2]}{name}建筑工程有限公司(模拟)" for name in _CONTRACTORS]
    return np.where(under_way, rng.choice(firms, len(under_way)), None)


def _people(count: int, rng: np.random.Generator) -> pd.Series:
    family = rng.choice(list(_FAMILY), count)
    given = rng.choice(list(_GIVEN), (count, 2))
    short = rng.random(count) < 0.12
    return pd.Series(
        np.char.add(np.char.add(family, given[:, 0]), np.where(short, "", given[:, 1])), dtype="str"
    )
