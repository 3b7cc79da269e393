"""Measures of assistance on small frames, each value worked by hand."""

import datetime as dt
from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from analysis.assistance import share_above, share_of_rows, share_stale, townships_in_term
from analysis.territory import Territory

CODES = ["441881103201", "441881103202", "441881104201", "441821100201"]
HELD = {"asset_state": ["in_use", "idle", "damaged"]}


def _territory(codes: Sequence[str] = CODES) -> Territory:
    shapes = [box(113 + n / 10, 24, 113.1 + n / 10, 24.1) for n in range(len(codes))]
    units = gpd.GeoDataFrame(index=pd.Index(codes, dtype="str"), geometry=shapes, crs="EPSG:4490")
    return Territory(units.sort_index(), dt.date(2025, 6, 30))


def _parts(made: object) -> dict[str, tuple[float, float]]:
    frame = made.frame  # type: ignore[attr-defined]
    return {
        str(code): (float(n), float(d))
        for code, n, d in zip(frame.index, frame["numerator"], frame["denominator"], strict=True)
    }


def test_villages_above_an_income() -> None:
    rows = pd.DataFrame({"admin_code": CODES[:3], "income_yuan": [150_000.0, 150_001.0, np.nan]})
    found = _parts(share_above(_territory(), rows, field="income_yuan", above=150_000.0))
    assert found[CODES[0]] == (0.0, 1.0)  # the plan says: more than
    assert found[CODES[1]] == (1.0, 1.0)
    assert np.isnan(found[CODES[2]]).all()
    assert np.isnan(found[CODES[3]]).all()


def _assets() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "admin_code": [CODES[0]] * 4 + [CODES[1]],
            "asset_state": ["in_use", "idle", "disposed", "in_use", "damaged"],
            "checked_on": pd.to_datetime(["2024-06-30", "2024-06-29", "2020-01-01", None, "2025-06-01"]),
        }
    )


def test_assets_in_use() -> None:
    found = _parts(share_of_rows(_territory(), _assets(), where={"asset_state": ["in_use"]}, among=HELD))
    assert found[CODES[0]] == (2.0, 3.0)
    assert found[CODES[1]] == (0.0, 1.0)
    assert found[CODES[2]] == (0.0, 0.0)  # the county's register has none of this village
    assert np.isnan(found[CODES[3]]).all()


def test_assets_not_checked_for_a_year() -> None:
    found = _parts(share_stale(_territory(), _assets(), field="checked_on", months=12, among=HELD))
    assert found[CODES[0]] == (2.0, 3.0)  # a day too old, and never
    assert found[CODES[1]] == (0.0, 1.0)


def test_townships_with_a_team_in_its_term() -> None:
    teams = pd.DataFrame(
        {
            "admin_code": ["441881103000", "441881104000"],
            "term_from": pd.to_datetime(["2023-01-01", "2022-01-01"]),
            "term_to": pd.to_datetime(["2025-06-30", "2025-06-29"]),
        }
    )
    seats = pd.DataFrame({"admin_code": ["441881103000", "441881104000", "441881105000", "441821100000"]})
    zone = "441881401000"
    found = _parts(townships_in_term(_territory([*seats["admin_code"], zone]), teams, seats))
    assert np.isnan(found[zone]).all(), "a development zone has no seat, and is told all the same"
    assert found["441881103000"] == (1.0, 1.0)
    assert found["441881104000"] == found["441881105000"] == (0.0, 1.0)
    assert np.isnan(found["441821100000"]).all()
