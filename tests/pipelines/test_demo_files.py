"""The demo city's files: in the forms that departments use, the same for the same seed, with known problems."""

import hashlib
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyogrio
import pytest
import rasterio

import layers
from analysis.web_map_offset import wgs84_to_gcj02
from pipelines.demo import Manifest, Outcome, generate

COUNTY = "441825"


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> tuple[Path, Manifest]:
    """Files of one county."""
    folder = tmp_path_factory.mktemp("one")
    return folder, generate(folder, counties=[COUNTY])


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def by_suffix(city, suffix):
    folder, manifest = city
    return [(folder / f.path, f) for f in manifest.files if f.path.endswith(suffix)]


def test_the_same_seed_gives_the_same_bytes(city, tmp_path):
    stages = []
    generate(tmp_path, counties=[COUNTY], progress=lambda stage, name: stages.append((str(stage), name)))
    assert digests(tmp_path) == digests(city[0])
    assert {stage for stage, _ in stages} == {"geography", "features", "files"}


def test_the_manifest_reads_back_and_names_every_file(city):
    folder, manifest = city
    assert Manifest.read(folder) == manifest
    others = {
        "manifest.json",
        manifest.elevation,
        manifest.population,
        manifest.land_cover_before,
        manifest.land_cover_after,
    }
    earlier = {f.path for f in manifest.earlier}
    assert {f.path for f in manifest.files} | earlier | others == set(digests(folder))
    assert [f.order for f in manifest.files] == sorted(f.order for f in manifest.files)
    assert [f.feature for f in manifest.files[:2]] == ["admin_units", "settlements"]


def test_every_feature_type_is_delivered(city):
    assert {f.feature for f in city[1].files} >= {
        "admin_units", "settlements", "roads", "water_works", "water_mains", "water_service_areas", "village_water",
        "base_stations", "village_fibre", "speed_tests", "houses", "consolidation_projects", "construction_quotas",
        "clinics", "logistics_points", "township_seats", "consolidation_classes", "basic_farmland",
        "ecological_redlines", "growth_boundaries", "hazard_points", "land_patches", "land_parcels",
        "assistance_teams", "assistance_assets", "village_income",
    }  # fmt: skip
    for file in city[1].files:
        assert layers.feature_type(file.feature).id == file.feature


def test_shapefiles_are_bare_gbk_and_zone_prefixed(city):
    for path, file in by_suffix(city, ".zip"):
        with zipfile.ZipFile(path) as archive:
            assert {Path(n).suffix for n in archive.namelist()} == {".shp", ".shx", ".dbf"}
        info = pyogrio.read_info(f"/vsizip/{path}", encoding="GBK")
        assert info["crs"] is None
        assert info["features"] == file.rows
        assert "备注" in info["fields"]
        assert 37_000_000 < pyogrio.read_bounds(f"/vsizip/{path}")[1][0].min() < 38_000_000


def test_workbooks_have_a_merged_title_a_row_of_units_and_no_codes(city):
    for path, file in by_suffix(city, ".xlsx"):
        sheet = openpyxl.load_workbook(path).active
        assert [str(r)[:3] for r in sheet.merged_cells.ranges] == ["A1:"]
        assert "模拟数据" in sheet["A1"].value
        headings = [cell.value for cell in sheet[3]]
        assert any(cell.value in ("户", "人", "公顷", "亩", "m²", "m³/d", "万元") for cell in sheet[4])
        assert not any("代码" in heading for heading in headings)
        assert sheet.max_row - 4 == file.rows


def test_point_tables_are_gcj02_in_two_encodings(city):
    encodings = set()
    for path, file in by_suffix(city, ".csv"):
        raw = path.read_bytes()
        encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "gbk"
        encodings.add(encoding)
        table = pd.read_csv(path, encoding=encoding, dtype=str)
        assert file.crs == "GCJ02"
        assert len(table) == file.rows
        assert (table["备注"] == "模拟数据").all()
    assert encodings == {"utf-8-sig", "gbk"}


def test_points_are_shifted_by_the_web_maps_offset(city):
    folder, manifest = city
    clinics = next(f for f in manifest.files if f.feature == "clinics")
    units = pyogrio.read_dataframe(folder / manifest.files[0].path)
    county = units[units["区划代码"] == f"{COUNTY}000000"].geometry.iloc[0]
    table = pd.read_csv(folder / clinics.path, encoding="gbk")
    lon, lat = wgs84_to_gcj02(county.centroid.x, county.centroid.y)
    assert table["经度"].median() == pytest.approx(float(lon), abs=0.2)
    assert float(lon) - county.centroid.x == pytest.approx(0.0053, abs=0.0005)
    assert lat < county.centroid.y


def test_planted_problems_can_be_counted_in_the_files(city):
    folder, manifest = city
    houses = next(f for f in manifest.files if f.feature == "houses")
    count = {p.kind: p.count for p in houses.planted}
    table = pd.DataFrame(list(openpyxl.load_workbook(folder / houses.path).active.values)[4:])
    headings = [c.value for c in openpyxl.load_workbook(folder / houses.path).active[3]]
    table.columns = headings
    assert (table["鉴定等级"] == "E").sum() == count["unknown_grade"] > 0
    assert (
        table["鉴定等级"].isin(["Ａ级", "Ｂ级", "Ｃ级", "Ｄ级", "Ａ", "Ｂ", "Ｃ", "Ｄ"]).sum()
        == count["full_width_grade"]
        > 0
    )
    assert (table["行政村(社区)"] == "不存在村").sum() == count["unknown_village"] > 0
    assert table["户编号"].duplicated().sum() == count["duplicate_row"] > 0
    outcomes = {p.outcome for f in manifest.files for p in f.planted}
    assert outcomes == set(Outcome)


def test_some_units_have_not_reported(city):
    silent = [code for f in city[1].files for code in f.unreported]
    assert silent
    assert all(code.startswith(COUNTY) for code in silent)


def test_the_elevation_raster_is_marked_synthetic(city):
    with rasterio.open(city[0] / city[1].elevation) as raster:
        assert raster.crs.to_epsg() == 4490
        assert "模拟数据" in raster.tags()["SOURCE"]
        assert raster.read(1).max() > 800


def test_the_population_raster_holds_the_people_of_the_natural_villages(city):
    folder, manifest = city
    settlements = pyogrio.read_dataframe(folder / manifest.files[1].path)
    with rasterio.open(folder / manifest.population) as raster:
        assert raster.crs.to_epsg() == 4490
        assert "模拟数据" in raster.tags()["SOURCE"]
        people = raster.read(1, masked=True)
        assert people.mask[raster.index(112.0, 24.0)], "no data outside of the county made"
    handed_in = pd.to_numeric(settlements["人口"]).sum()
    assert people.sum() == pytest.approx(handed_in, rel=0.01), "but for rows planted twice"
    assert (people > 0).sum() > 2 * len(settlements), "they are spread"
