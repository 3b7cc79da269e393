"""The printed check sheet of the demo city's parcels."""

import pytest
import sqlalchemy as sa

from pages.parcel_sheet import parcel_sheet, read_sheet
from pipelines.land.check_sheet import page_pictures
from store.land.checks import UnknownParcel, conflicts, latest_checks


def test_a_parcel_in_conflict_has_its_sheet_with_its_map(shown_city: sa.Engine) -> None:
    with shown_city.connect() as connection:
        checks = latest_checks(connection)
        number = checks.sort_values("conflicts")["parcel_no"].iloc[-1]
        found = conflicts(connection, number)
        sheet = read_sheet(connection, number, "zh")
    assert [row.area_m2 for row in sheet.conflicts] == found["area_m2"].tolist()
    assert sheet.synthetic and sheet.place.count("·") == 2
    assert "<svg" in sheet.map_svg and ">1</text>" in sheet.map_svg
    assert set(sheet.versions) >= {"basic_farmland", "land_parcels", "admin_units"}
    assert len(page_pictures(sheet, 40)) == 1


def test_sheets_are_pdfs_in_both_languages(shown_city: sa.Engine) -> None:
    with shown_city.connect() as connection:
        number = latest_checks(connection)["parcel_no"].iloc[0]
    for lang in ("zh", "en"):
        assert parcel_sheet(number, lang).startswith(b"%PDF")  # type: ignore[arg-type]


def test_an_unknown_parcel_is_told(shown_city: sa.Engine) -> None:
    with pytest.raises(UnknownParcel, match="没有这个"):
        parcel_sheet("没有这个", "zh")
