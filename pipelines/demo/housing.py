"""Appraised houses of the demo city: most A and B, the dangerous ones on their way through the states."""

import geopandas as gpd
import numpy as np

from pipelines.demo.by_county import (
    DAY0,
    TODAY,
    by_county,
    days,
    kept_inside,
    numbered,
    scattered,
    unreported_townships,
)
from pipelines.demo.geography import Geography

_HOUSES_PER_VILLAGE = 33
_SURNAMES = np.array(list("陈李黄张梁林刘何邓罗曾谢温赖朱房唐沈盘邵"))
_GIVEN = np.array(list("伟强明华志军秀英建国丽芳桂兰玉文海燕金水福生少珍土木火新云清秋春"))
_STEPS = ("found_on", "appraised_on", "planned_on", "started_on", "accepted_on")
_DONE = {
    "appraised": 2,
    "planned": 3,
    "under_way": 4,
    "accepted": 5,
    "occupied": 5,
    "demolished": 3,
    "relocated": 3,
}
"""How many of the steps are dated in a state."""


def make_houses(geography: Geography, seed: int) -> gpd.GeoDataFrame:
    """Some 40,000 appraised houses (all names made up), worse where the township is worse off."""
    return by_county(geography, seed, "houses", _houses)


def _houses(
    villages: gpd.GeoDataFrame, settled: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    silent = unreported_townships(villages, 0.05, rng)
    settled = settled[~settled["admin_code"].str[:9].isin(silent)].reset_index(drop=True)
    reporting = (~villages["admin_code"].str[:9].isin(silent)).sum()
    count = int(_HOUSES_PER_VILLAGE * reporting)
    weight = (settled["households"].to_numpy(dtype=float) + 2) * (1.35 - settled["level"].to_numpy())
    chosen = settled.iloc[rng.choice(len(settled), count, p=weight / weight.sum())].reset_index(drop=True)
    need = 1 - chosen["level"].to_numpy()
    grade = _grades(need, rng)
    state, dates = _progress(grade, chosen["level"].to_numpy(), rng)
    built = np.clip(rng.normal(1998 - 22 * (np.isin(grade, ["C", "D"])), 9, count), 1935, 2022).astype(int)
    dangerous = np.isin(grade, ["C", "D"])
    subsidy = np.where(
        dangerous & (state != "appraised"), rng.choice([0, 10, 20, 30, 40], count) * 1000.0, np.nan
    )
    frame = gpd.GeoDataFrame(
        {
            "householder": _names(count, rng),
            "grade": grade,
            "structure": _structures(built, rng),
            "built_year": built,
            "floor_area_m2": np.round(np.clip(rng.normal(105, 40, count), 18, 380), 1),
            "cut_slope": rng.random(count) < 0.02 + 0.10 * need,
            "income_category": _categories(dangerous, rng),
            "state": state,
            **dates,
            "subsidy_yuan": subsidy,
            "contractor": np.where(
                dangerous & np.isin(state, ["under_way", "accepted", "occupied"]),
                rng.choice(["县建筑工程队(模拟)", "乡村工匠合作社(模拟)", "农户自建"], count),
                None,
            ),
        },
        geometry=scattered(chosen.geometry, 60, rng),
    )
    frame = kept_inside(frame, villages)
    frame.insert(0, "household_no", numbered("HB", villages["admin_code"].iloc[0][:6], len(frame)))
    return frame


def _grades(need: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    draw = rng.random(len(need))
    worst, bad = 0.004 + 0.022 * need, 0.010 + 0.055 * need
    grade = np.where(draw < worst, "D", np.where(draw < worst + bad, "C", "A")).astype(object)
    sound = grade == "A"
    grade[sound & (rng.random(len(need)) < 0.25 + 0.35 * need)] = "B"
    return grade


def _progress(
    grade: np.ndarray, level: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    count = len(grade)
    dangerous = np.isin(grade, ["C", "D"])
    states = np.array(
        ["appraised", "planned", "under_way", "accepted", "occupied", "demolished", "relocated"]
    )
    speed = np.clip(level, 0.1, 0.9)
    parts = np.cumsum(
        np.stack(
            [
                0.20 - 0.14 * speed,
                0.17 - 0.08 * speed,
                0.16 - 0.02 * speed,
                0.14 + 0.05 * speed,
                0.18 + 0.19 * speed,
                np.full_like(speed, 0.09),
                np.full_like(speed, 0.06),
            ],
            axis=1,
        ),
        axis=1,
    )
    drawn = (rng.random(count)[:, None] * parts[:, -1:] > parts).sum(axis=1)
    state = np.where(dangerous, states[np.minimum(drawn, len(states) - 1)], "appraised").astype(object)
    found = rng.integers(0, 700, count)
    gaps = [rng.integers(5, 60, count), rng.integers(10, 120, count), rng.integers(15, 150, count)]
    gaps.append(rng.integers(40, 240, count))
    reached = np.cumsum(np.stack([found, *gaps], axis=1), axis=1)
    last_day = int((TODAY - DAY0).astype(int))
    dated = np.array([_DONE[s] for s in state])
    dates: dict[str, np.ndarray] = {}
    for step, name in enumerate(_STEPS):
        happened = (dated > step) & (reached[:, step] <= last_day)
        dates[name] = np.where(happened, days(DAY0, reached[:, step]), np.datetime64("NaT"))
    unfinished = np.isin(state, ["accepted", "occupied"]) & np.isnat(dates["accepted_on"])
    state[unfinished] = "under_way"
    due = reached[:, 2] + 365
    dates["due_on"] = np.where(dangerous & (dated >= 3), days(DAY0, due), np.datetime64("NaT"))
    return state, dates


def _names(count: int, rng: np.random.Generator) -> list[str]:
    family, first, second = rng.choice(_SURNAMES, count), rng.choice(_GIVEN, count), rng.choice(_GIVEN, count)
    return [f"{a}{b}{c}" for a, b, c in zip(family, first, second, strict=True)]


def _structures(built: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    old = np.clip((2005 - built) / 45, 0, 1)
    draw = rng.random(len(built))
    made = np.where(draw < 0.45 * old, "earth", np.where(draw < 0.85 * old, "brick_timber", "brick_concrete"))
    made = np.where((built > 2005) & (draw > 0.6), "frame", made)
    return np.where(rng.random(len(built)) < 0.02, "stone", made)


def _categories(dangerous: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    codes = np.array(["none", "minimum_living", "destitute", "low_income", "sudden_hardship"])
    usual = rng.choice(codes, len(dangerous), p=[0.9, 0.045, 0.015, 0.03, 0.01])
    poor = rng.choice(codes, len(dangerous), p=[0.42, 0.27, 0.13, 0.14, 0.04])
    return np.where(dangerous, poor, usual)
