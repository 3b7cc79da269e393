"""The check sheet of a parcel on paper: the PDF of its last check, with the map of its conflicts."""

import geopandas as gpd

from i18n import Lang
from store.land.parcels import Parcel


def sheet_button(parcel: Parcel, found: gpd.GeoDataFrame, current: Lang) -> None:
    """Offer the sheet of the last check."""
