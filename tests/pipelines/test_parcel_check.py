"""Parcels checked on a real database: what they lie on, what is new, when they are due."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa
from typer.testing import CliRunner

import cli
from analysis.ellipsoid import areas_m2
from layers import Constraint, feature_type
from pipelines.import_ import ImportReport, import_file, report_text
from pipelines.land.check import check_parcels, recheck_changed
from store.land.checks import (
    check_history,
    conflict_pieces,
    conflicts,
    latest_checks,
)
from tests.pipelines.import_files import VILLAGES, village_box

HOME, NEIGHBOUR = VILLAGES[4], VILLAGES[1]
WEST, SOUTH, EAST, NORTH = village_box(HOME).bounds
STEP = 0.001
"""About 100 m."""


def square(x: float, y: float, size: float = 1.0) -> shapely.Polygon:
    """A square by steps from the middle of the village."""
    west, south = (WEST + EAST) / 2 + x * STEP, (SOUTH + NORTH) / 2 + y * STEP
    return shapely.box(west, south, west + size * STEP, south + size * STEP)


def hand_in(
    engine: sa.Engine, folder: Path, feature: str, shapes: list[object], **columns: list[object]
) -> ImportReport:
    """Import rows as a file."""
    path = folder / f"{feature}.gpkg"
    path.unlink(missing_ok=True)
    gpd.GeoDataFrame(columns, geometry=shapes, crs=4490).to_file(path)
    report = import_file(engine, path, feature_type(feature))
    assert report.counts.rejected == 0, report.findings
    return report


def parcels(engine: sa.Engine, folder: Path, **shapes: shapely.Polygon) -> ImportReport:
    """Import ordinary parcels by number, all filed under one village."""
    names = list(shapes)
    return hand_in(
        engine,
        folder,
        "land_parcels",
        list(shapes.values()),
        parcel_no=names,
        name=[f"地块{name}" for name in names],
        admin_code=[HOME] * len(names),
    )


def farmland(engine: sa.Engine, folder: Path, **shapes: shapely.Polygon) -> ImportReport:
    """Import plots of basic farmland by number."""
    return hand_in(engine, folder, "basic_farmland", list(shapes.values()), plot_no=list(shapes))


def area_m2(shape: shapely.Polygon) -> float:
    return float(areas_m2([shape])[0])  # type: ignore[arg-type]


def test_a_parcel_is_checked_as_it_is_imported(register: sa.Engine, tmp_path: Path) -> None:
    farmland(register, tmp_path, F1=square(0.5, 0))
    report = parcels(register, tmp_path, A=square(0, 0), B=square(10, 0))
    assert report.rechecked is not None and report.rechecked.checked == 2
    assert report.rechecked.in_conflict == 1 and not report.rechecked.newly
    with register.connect() as connection:
        found = latest_checks(connection).set_index("parcel_no")
        pieces = conflicts(connection, "A")
        assert conflicts(connection, "B").empty
    assert found.loc["A", "worst"] == "prohibited" and found.loc["B", "worst"] is None
    (piece,) = pieces.itertuples()
    expected = square(0.5, 0).intersection(square(0, 0))
    assert (piece.feature_id, piece.feature_key, piece.severity) == ("basic_farmland", "F1", "prohibited")
    assert piece.area_m2 == pytest.approx(area_m2(expected), rel=1e-9)
    assert piece.share == pytest.approx(0.5, rel=1e-6)
    assert piece.geometry.equals(shapely.MultiPolygon([expected]))
    assert found.loc["A", "conflict_area_m2"] == pytest.approx(piece.area_m2)
    assert found.loc["A", "versions"]["basic_farmland"] > 0


def test_land_on_two_constraints_counts_once(register: sa.Engine, tmp_path: Path) -> None:
    farmland(register, tmp_path, F1=square(0, 0, 0.6))
    hand_in(register, tmp_path, "ecological_redlines", [square(0, 0, 0.8)], redline_no=["R1"], name=["红线"])
    parcels(register, tmp_path, A=square(0, 0))
    with register.connect() as connection:
        check = latest_checks(connection).set_index("parcel_no").loc["A"]
        pieces = conflicts(connection, "A")
    assert set(pieces["feature_id"]) == {"basic_farmland", "ecological_redlines"}
    assert check.conflict_area_m2 == pytest.approx(area_m2(square(0, 0, 0.8)), rel=1e-6)
    assert check.prohibited_area_m2 == check.conflict_area_m2 < pieces["area_m2"].sum()


def test_other_parcels_villages_hazards_and_growth_boundaries(register: sa.Engine, tmp_path: Path) -> None:
    hazards = [shapely.Point(square(3, 0).centroid), shapely.Point(square(30, 0).centroid)]
    hand_in(
        register, tmp_path, "hazard_points", hazards, hazard_no=["H1", "H2"], name=["滑坡甲", "乙"],
        hazard_kind=["landslide"] * 2, radius_m=[300.0, 300.0],
    )  # fmt: skip
    zones = {"G1": "concentrated", "G2": "elastic"}
    hand_in(
        register, tmp_path, "growth_boundaries", [square(-9, 0, 3), square(0, 0, 0.5)], boundary_no=list(zones),
        name=["中心", "弹性"], zone=list(zones.values()),
    )  # fmt: skip
    over = shapely.box(WEST - STEP, SOUTH, WEST + STEP, SOUTH + STEP)
    hand_in(
        register, tmp_path, "land_parcels", [square(0, 0), square(0.5, 0), square(-8, 0), over],
        parcel_no=["A", "B", "S", "V"], name=["甲", "乙", "点", "界"], admin_code=[HOME] * 4,
        parcel_kind=["ordinary", "ordinary", "spot", "ordinary"],
    )  # fmt: skip
    with register.connect() as connection:
        found = {no: conflicts(connection, no).set_index("feature_id") for no in "ABSV"}
        checks = latest_checks(connection).set_index("parcel_no")
    half = found["A"].loc["land_parcels"]
    assert half["feature_key"] == "B" and half["share"] == pytest.approx(0.5, rel=1e-6)
    assert found["B"].loc["land_parcels", "area_m2"] == pytest.approx(half["area_m2"], rel=1e-9)
    near = found["A"].loc["hazard_points"]
    metres = shapely.Point(square(3, 0).centroid).distance(square(0, 0)) * 101_700
    assert near["feature_key"] == "H1" and near["distance_m"] == pytest.approx(metres, rel=0.01)
    assert found["A"].loc["growth_boundaries", "severity"] == "note"
    assert checks.loc["A", "worst"] == "restricted" and checks.loc["A", "conflicts"] == 2
    inside = found["S"].loc["growth_boundaries"]
    assert (inside["severity"], inside["zone"], inside["share"]) == ("restricted", "concentrated", 1.0)
    beyond = found["V"].loc["admin_units"]
    assert beyond["feature_key"] == NEIGHBOUR and beyond["share"] == pytest.approx(0.5, rel=1e-6)
    assert beyond["name"] == "清溪村委会"


def test_slivers_are_kept_apart(register: sa.Engine, tmp_path: Path) -> None:
    farmland(register, tmp_path, F1=square(0.999, 0), F2=square(-0.97, 0))
    parcels(register, tmp_path, A=square(0, 0))
    with register.connect() as connection:
        check = latest_checks(connection).set_index("parcel_no").loc["A"]
        pieces = conflicts(connection, "A")
    assert pieces["sliver"].tolist() == [False, True]
    assert pieces["width_m"].iloc[1] < 0.5 < pieces["width_m"].iloc[0]
    assert (check.conflicts, check.slivers) == (1, 1)
    assert check.sliver_area_m2 == pytest.approx(pieces["area_m2"].iloc[1])
    assert check.conflict_area_m2 == pytest.approx(pieces["area_m2"].iloc[0], rel=1e-9)


def test_a_new_edition_lists_what_is_newly_and_no_longer_in_conflict(
    register: sa.Engine, tmp_path: Path
) -> None:
    farmland(register, tmp_path, F1=square(0, 0))
    parcels(register, tmp_path, A=square(0.5, 0), B=square(5, 0), C=square(9, 0))
    report = farmland(register, tmp_path, F1=square(5, 0.5))
    assert report.rechecked is not None and report.rechecked.checked == 3
    assert [(n.parcel_no, n.constraints) for n in report.rechecked.newly] == [
        ("B", (Constraint.BASIC_FARMLAND,))
    ]
    assert [n.parcel_no for n in report.rechecked.no_longer] == ["A"]
    told = report.rechecked.sentences("zh")
    assert set(told) <= set(report_text(report, "zh", width=300).splitlines())
    assert "B 地块B（永久基本农田）" in told and "A 地块A（永久基本农田）" in told
    with register.connect() as connection:
        checks = latest_checks(connection)
        assert checks.loc[checks["newly_in"].map(bool), "parcel_no"].tolist() == ["B"]
        history = check_history(connection, "A")
        assert history["conflicts"].tolist() == [0, 1]
        old = conflicts(connection, "A", int(history["id"].iloc[1]))
        assert old["feature_key"].tolist() == ["F1"] and conflicts(connection, "A").empty
        assert conflict_pieces(connection)["parcel_no"].tolist() == ["B"]


def test_only_what_is_due_is_checked(
    register: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels(register, tmp_path, A=square(0, 0), B=square(0.5, 0), C=square(9, 0))
    assert recheck_changed(register).checked == 0
    report = parcels(register, tmp_path, A=square(4, 0))  # leaves B
    assert report.rechecked is not None and report.rechecked.checked == 2
    assert [n.parcel_no for n in report.rechecked.no_longer] == ["A", "B"]
    assert check_parcels(register, ["C", "no such parcel"]).checked == 1
    assert check_parcels(register).checked == 3


def test_a_changed_tolerance_makes_all_due(register: sa.Engine, tmp_path: Path) -> None:
    parcels(register, tmp_path, A=square(0, 0))
    with register.begin() as connection:
        connection.execute(sa.text("UPDATE xiangtu.parcel_checks SET sliver_m2 = 1"))
    assert recheck_changed(register).checked == 1


def test_a_parcel_that_is_gone_has_no_last_check(register: sa.Engine, tmp_path: Path) -> None:
    parcels(register, tmp_path, A=square(0, 0), B=square(0.5, 0))
    with register.begin() as connection:
        connection.execute(sa.text("DELETE FROM feature.land_parcels WHERE parcel_no = 'A'"))
    assert recheck_changed(register).checked == 1
    with register.connect() as connection:
        assert latest_checks(connection)["parcel_no"].tolist() == ["B"]
        assert conflicts(connection, "B").empty
        assert len(check_history(connection, "A")) == 1


def test_rows_and_their_checks_are_written_together(
    register: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no power")

    monkeypatch.setattr("pipelines.land.check.write_checks", fail)
    with pytest.raises(RuntimeError, match="no power"):
        parcels(register, tmp_path, A=square(0, 0))
    with register.connect() as connection:
        for table in ("feature.land_parcels", "xiangtu.parcel_checks"):
            assert connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) == 0


def test_two_imports_at_once_do_not_miss_each_other(register: sa.Engine, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(2) as threads:
        work = (
            threads.submit(farmland, register, folders[0], F1=square(0, 0)),
            threads.submit(parcels, register, folders[1], A=square(0, 0)),
        )
        for done in work:
            done.result()
    with register.connect() as connection:
        assert conflicts(connection, "A")["feature_key"].tolist() == ["F1"]
    assert recheck_changed(register).checked == 0


def test_the_command_checks_what_is_due_some_or_all(
    register: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def store() -> Iterator[sa.Engine]:
        yield register

    monkeypatch.setattr(cli, "_store", store)
    farmland(register, tmp_path, F1=square(0, 0))
    parcels(register, tmp_path, A=square(0, 0), B=square(5, 0))
    for asked, checked in ([], 0), (["B"], 1), (["--all"], 2):
        told = CliRunner().invoke(cli.app, ["parcels", "check", *asked])
        assert told.exit_code == 0, told.output
        assert f"检查了 {checked} 个" in told.output.replace("\n", "")
    with register.connect() as connection:
        noted = "SELECT count(*) FROM access.record WHERE action = 'parcels_checked'"
        assert connection.scalar(sa.text(noted)) == 3
