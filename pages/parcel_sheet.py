"""The printed check sheet of a parcel: the last check, its map and its figures brought together."""

import datetime as dt

import sqlalchemy as sa

from i18n import Lang, tr
from layers import Constraint
from layers.codes import ParcelKind, ParcelUse
from maps.check_picture import ConflictPiece, check_extent, check_picture
from pages import formats
from pipelines.land.check_sheet import CheckSheet, SheetConflict, as_pdf
from store.engine import reading
from store.land.checks import conflicts, latest_check, parcel_on_sheet, surroundings
from store.places import place


def parcel_sheet(parcel_no: str, lang: Lang) -> bytes:
    """The sheet of a parcel's last check as PDF.

    Raises
    ------
    UnknownParcel : it was never checked, or the person may not see it.
    FontMissing : the machine has no Chinese font.
    """
    with reading() as connection:
        sheet = read_sheet(connection, parcel_no, lang)
    return as_pdf(sheet)


def read_sheet(connection: sa.Connection, parcel_no: str, lang: Lang) -> CheckSheet:
    """What the sheet of a parcel's last check says.

    Raises
    ------
    UnknownParcel : it was never checked, or the person may not see it.
    """
    check = latest_check(connection, parcel_no)
    parcel = parcel_on_sheet(connection, parcel_no)
    found = conflicts(connection, parcel_no)
    near = surroundings(connection, parcel_no, check_extent(parcel.geometry))
    pieces = [
        ConflictPiece(shape, severity, bool(sliver), number)
        for number, (shape, severity, sliver) in enumerate(
            zip(found.geometry, found["severity"], found["sliver"], strict=True), 1
        )
    ]
    picture = check_picture(
        parcel.geometry,
        pieces,
        [(Constraint.of(kind), shape) for kind, shape in near.constraints],
        near.villages,
        title=tr("landcheck.sheet.title", lang),
        lang=lang,
    )
    rows = [
        SheetConflict(
            row.feature_id,
            row.severity,
            row.feature_key,
            row.name,
            row.zone,
            row.area_m2,
            row.share,
            bool(row.sliver),
            None if formats.missing(row.distance_m) else float(row.distance_m),
        )
        for row in found.drop(columns="geometry").itertuples(index=False)
    ]
    return CheckSheet(
        parcel_no=check.parcel_no,
        name=parcel.name,
        place=place(connection, check.admin_code).path,
        applicant=parcel.applicant or "",
        kind_words=ParcelKind.of(check.parcel_kind or ParcelKind.ORDINARY).text.get(lang),
        use_words=ParcelUse.of(parcel.parcel_use).text.get(lang) if parcel.parcel_use else "",
        parcel_kind=check.parcel_kind,
        area_m2=check.area_m2,
        stated_area_mu=check.stated_area_mu,
        worst=check.worst,
        conflict_area_m2=check.conflict_area_m2,
        prohibited_area_m2=check.prohibited_area_m2,
        conflicts=rows,
        sliver_m2=check.sliver_m2,
        sliver_width_m=check.sliver_width_m,
        versions=check.versions,
        checked_at=formats.moment(check.checked_at, lang),
        made_at=formats.moment(dt.datetime.now(dt.UTC), lang),
        synthetic=check.synthetic,
        map_svg=picture,
        lang=lang,
    )
