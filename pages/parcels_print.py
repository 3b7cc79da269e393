"""The check sheet of a parcel on paper: the PDF of its last check, with the map of its conflicts."""

import geopandas as gpd
import pandas as pd
import streamlit as st

from i18n import Lang, tr
from maps.check_picture import ConflictPiece, check_extent, check_picture
from pages import formats
from pages.parcels_words import applicant_words, edition_words
from pipelines.land.check_sheet import CheckSheet, SheetConflict, as_pdf
from store.dossier import last_deliveries
from store.engine import reading
from store.land.checks import latest_checks, surroundings
from store.land.parcels import Parcel


def sheet_button(parcel: Parcel, found: gpd.GeoDataFrame, current: Lang) -> None:
    """Offer the sheet of the last check, made when it is asked for; nothing before the first check.

    Parameters
    ----------
    found : `store.land.checks.conflicts` of the last check.
    """
    with reading() as connection:
        checks = latest_checks(connection, parcel.admin_code)
    own = checks[checks["parcel_no"] == parcel.parcel_no]
    if own.empty:
        return
    st.download_button(
        tr("parcels.sheet", current),
        lambda: as_pdf(sheet_of(parcel, own.iloc[0], found, current)),
        f"{formats.file_stem(parcel.parcel_no)}.pdf",
        "application/pdf",
        icon=":material/print:",
        on_click="ignore",
        key="parcels.sheet",
    )


def sheet_of(parcel: Parcel, check: "pd.Series[object]", found: gpd.GeoDataFrame, lang: Lang) -> CheckSheet:
    """What the sheet says, with its map.

    Parameters
    ----------
    check : the row of `store.land.checks.latest_checks`.
    """
    pieces = [
        ConflictPiece(shape, str(severity), bool(sliver), number)
        for number, (shape, severity, sliver) in enumerate(
            zip(found.geometry, found["severity"], found["sliver"], strict=True), 1
        )
    ]
    with reading() as connection:
        about = surroundings(connection, parcel.parcel_no, check_extent(parcel.geometry))
        deliveries = last_deliveries(connection, pd.Timestamp(check["checked_at"]))
    picture = check_picture(
        parcel.geometry,
        pieces,
        about.constraints,
        about.villages,
        title=tr("parcels.sheet_map", lang, name=parcel.name),
        lang=lang,
    )
    use = parcel.use
    return CheckSheet(
        parcel_no=parcel.parcel_no,
        name=parcel.name,
        place=parcel.place,
        applicant=applicant_words(parcel) or "",
        kind_words=parcel.kind.text.get(lang),
        use_words="" if use is None else use.text.get(lang),
        parcel_kind=str(parcel.kind),
        area_m2=float(check["area_m2"]),
        stated_area_mu=None if formats.missing(check["stated_area_mu"]) else float(check["stated_area_mu"]),
        worst=None if formats.missing(check["worst"]) else str(check["worst"]),
        conflict_area_m2=float(check["conflict_area_m2"]),
        conflicts=[
            SheetConflict(
                constraint=row.feature_id,
                severity=row.severity,
                key=_text(row.feature_key),
                name=_text(row.name),
                zone=_text(row.zone),
                area_m2=float(row.area_m2),
                share=float(row.share),
                sliver=bool(row.sliver),
                distance_m=None if formats.missing(row.distance_m) else float(row.distance_m),
            )
            for row in pd.DataFrame(found.drop(columns="geometry")).itertuples(index=False)
        ],
        sliver_m2=float(check["sliver_m2"]),
        sliver_width_m=float(check["sliver_width_m"]),
        editions=edition_words(dict(check["versions"]), deliveries, lang),
        checked_at=formats.moment(check["checked_at"], lang),
        made_at=formats.moment(pd.Timestamp.now("UTC"), lang),
        synthetic=bool(check["synthetic"]),
        map_svg=picture,
        lang=lang,
    )


def _text(value: object) -> str | None:
    return None if formats.missing(value) or not str(value) else str(value)
