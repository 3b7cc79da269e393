"""What the bureau's text of boundary points tells of its parcels, as fields of the layer and as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd

from i18n import Lang, tr
from layers.codes import LandClass, ParcelUse
from pages import formats
from pages.parcels_words import mu_words

_MU_PER_HA = 15
_NUMBER, _NAME, _AREA, _USE, _CLASS = "地块编号", "地块名称", "地块面积", "地块用途", "地类编码"


def told_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of the layer from the attributes of the bureau's text; None for what it does not tell."""
    said = {
        name: " ".join(str(row.get(name) or "").split()) for name in (_NUMBER, _NAME, _AREA, _USE, _CLASS)
    }
    return {
        "parcel_no": said[_NUMBER] or None,
        "name": said[_NAME] or None,
        "stated_area_mu": _stated_mu(said[_AREA]),
        "parcel_use": _code(said[_USE], ParcelUse),
        "class_before": _code(said[_CLASS], LandClass),
    }


def _stated_mu(hectares: str) -> float | None:
    """The text's 公顷 as 亩; None where it is no area."""
    try:
        area_mu = round(float(hectares) * _MU_PER_HA, 4)
    except ValueError:
        return None
    return area_mu if 0 < area_mu < 1e6 else None


def _code(said: str, codes: type[ParcelUse] | type[LandClass]) -> str | None:
    """The code of a word that the list knows; a word that it does not know is left to the person."""
    known = {
        word: str(code) for code in codes for word in (code.value, code.text.zh, code.text.en, *code.aliases)
    }
    return known.get(said)


def pasted_table(frame: gpd.GeoDataFrame, told: Sequence[Mapping[str, Any]], lang: Lang) -> pd.DataFrame:
    """Parcels of a text with both their areas, 亩."""
    reckoned = [formats.mu(area) for area in frame["area_m2"]]
    stated = [row["stated_area_mu"] for row in told]
    return pd.DataFrame(
        {
            tr("parcels.column_number", lang): [row["parcel_no"] for row in told],
            tr("parcels.column_name", lang): [row["name"] for row in told],
            tr("parcels.reckoned_mu", lang): [mu_words(area) for area in reckoned],
            tr("parcels.stated_mu", lang): [None if area is None else mu_words(area) for area in stated],
            tr("parcels.area_head_share", lang): [
                None if told_mu is None else f"{told_mu / area - 1:+.2%}"
                for told_mu, area in zip(stated, reckoned, strict=True)
            ],
        }
    )
