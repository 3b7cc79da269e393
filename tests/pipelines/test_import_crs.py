"""Finding the coordinate system from what is said and from the coordinates."""

import numpy as np
import pytest
from pyproj import CRS, Transformer

from analysis.web_map_offset import wgs84_to_gcj02
from pipelines.import_.crs import CrsChoice, CrsOrigin, find_crs
from pipelines.import_.errors import FileRefused, Refusal

CITY = (111.9, 23.4, 113.9, 25.2)
_NUMBERS = np.random.default_rng(7).uniform(0, 1, (2, 200))
LON = 112.0 + 1.8 * _NUMBERS[0]
LAT = 23.5 + 1.6 * _NUMBERS[1]


def _projected(epsg: int) -> tuple[np.ndarray, np.ndarray]:
    return Transformer.from_crs(4490, epsg, always_xy=True).transform(LON, LAT)


def _find(
    x: np.ndarray,
    y: np.ndarray,
    *,
    stated: str | None = None,
    in_file: str | None = None,
    city: tuple[float, float, float, float] | None = CITY,
) -> CrsChoice:
    return find_crs(x, y, stated=stated, in_file=in_file, file_origin=".prj", city=city)


def _assert_home(choice: CrsChoice, x: np.ndarray, y: np.ndarray, within_deg: float = 1e-8) -> None:
    lon, lat = choice.to_stored(x, y)
    assert np.abs(lon - LON).max() < within_deg
    assert np.abs(lat - LAT).max() < within_deg


@pytest.mark.parametrize("epsg", [4525, 4526, 4546, 4547, 3857, 4490, 4497])
@pytest.mark.parametrize("swapped", [False, True])
def test_the_usual_systems_are_guessed_in_either_order(epsg: int, swapped: bool) -> None:
    x, y = _projected(epsg)
    given = (y, x) if swapped else (x, y)
    choice = _find(*given)
    assert (choice.label, choice.swapped, choice.origin) == (f"EPSG:{epsg}", swapped, CrsOrigin.GUESSED)
    _assert_home(choice, *given)
    assert f"EPSG:{epsg}" in choice.sentence.zh and "100%" in choice.sentence.en


def test_zone_prefixes_tell_the_system_before_any_unit_is_known() -> None:
    assert _find(*_projected(4526), city=None).label == "EPSG:4526"


def test_a_central_meridian_cannot_be_guessed_without_a_city() -> None:
    with pytest.raises(FileRefused) as refused:
        _find(*_projected(4547), city=None)
    assert refused.value.reason is Refusal.CRS_NOT_GUESSED


def test_coordinates_of_nowhere_are_refused() -> None:
    with pytest.raises(FileRefused):
        _find(np.array([5.0, 6.0]), np.array([7.0, 8.0]))


def test_the_prj_is_believed_and_its_esri_names_are_known() -> None:
    x, y = _projected(4547)
    choice = _find(x, y, in_file=CRS.from_epsg(4547).to_wkt("WKT1_ESRI"))
    assert (choice.label, choice.origin, choice.old_datum) == ("EPSG:4547", CrsOrigin.FILE, None)
    _assert_home(choice, x, y)


def test_a_prj_that_leads_nowhere_is_overruled_and_told() -> None:
    x, y = _projected(4526)
    choice = _find(x, y, in_file=CRS.from_epsg(4525).to_wkt())
    assert (choice.label, choice.overruled) == ("EPSG:4526", "EPSG:4525")
    _assert_home(choice, x, y)


def test_metres_taken_for_degrees_are_recognised() -> None:
    choice = _find(*_projected(3857), in_file="EPSG:4326")
    assert (choice.label, choice.overruled) == ("EPSG:3857", "EPSG:4326")


@pytest.mark.parametrize(
    ("epsg", "datum"),
    [(2362, "Xian 1980"), (2383, "Xian 1980"), (2414, "Beijing 1954"), (2435, "Beijing 1954")],
)
def test_old_datums_are_taken_with_a_warning(epsg: int, datum: str) -> None:
    x, y = _projected(epsg)
    choice = _find(x, y, in_file=CRS.from_epsg(epsg).to_wkt("WKT1_ESRI"))
    assert choice.old_datum == datum
    _assert_home(choice, x, y, within_deg=0.002)


def test_web_map_coordinates_are_taken_back() -> None:
    shifted = wgs84_to_gcj02(LON, LAT)
    choice = _find(shifted.lon, shifted.lat, stated="gcj-02")
    assert choice.label == "GCJ02"
    _assert_home(choice, shifted.lon, shifted.lat)
    turned = _find(shifted.lat, shifted.lon, stated="GCJ02")
    assert turned.swapped


def test_an_unknown_statement_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        _find(LON, LAT, stated="EPSG:999999")
    assert refused.value.reason is Refusal.CRS_UNKNOWN
