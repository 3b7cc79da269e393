"""Tables of the farmland watch in words: pure, areas in 亩."""

from collections.abc import Mapping, Sequence

import pandas as pd

from base.areas import M2_PER_MU
from i18n import Lang, tr
from layers.codes import FarmlandVerdict, LandClass, LandGroup
from pages import formats
from store.land.farmland import Piece


def class_words(code: str, current: Lang) -> str:
    """A land class of four digits, or of two as rasters have them, with its code."""
    known = LandClass.of(code) if len(code) == len(str(LandClass.PADDY)) else LandGroup.of(code)
    return f"{code} {known.text.get(current)}"


def piece_table(pieces: Sequence[Piece], names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """One row for each piece."""
    columns: dict[str, list[object]] = {
        "place": [names.get(one.admin_code, one.admin_code) for one in pieces],
        "change": [one.change.text.get(current) for one in pieces],
        "area": [round(formats.mu(one.area_m2), 2) for one in pieces],
        "before": [class_words(one.class_before, current) for one in pieces],
        "after": [class_words(one.class_after, current) for one in pieces],
        "verdict": [one.verdict.text.get(current) for one in pieces],
        "reason": [one.reason or None for one in pieces],
        "judged_by": [one.judged_by for one in pieces],
        "judged_at": [
            None if one.judged_at is None else formats.moment(one.judged_at, current) for one in pieces
        ],
        "patches": [
            " → ".join(part for part in (one.patch_before, one.patch_after) if part) for one in pieces
        ],
        "sliver": [tr("pages.yes" if one.sliver else "pages.no", current) for one in pieces],
        "id": [one.id for one in pieces],
    }
    return pd.DataFrame({tr(f"farmland.column.{name}", current): v for name, v in columns.items()})


def place_sums(counted: pd.DataFrame, digits: int) -> pd.DataFrame:
    """Sums by place, the largest first; the index is the code filled up to 12 digits.

    Parameters
    ----------
    counted : as `store.land.farmland.counted`.
    digits : leading digits that tell a place.

    Returns
    -------
    ``non_farm non_grain confirmed dismissed slivers`` in 亩, ``pieces open`` in number; dismissed pieces and slivers
    are in columns of their own and in no other sum.
    """
    place = counted["admin_code"].str[:digits].str.ljust(12, "0")
    area = counted["area_m2"].astype(float) / M2_PER_MU
    real = ~counted["sliver"].astype(bool)
    dismissed = counted["verdict"] == str(FarmlandVerdict.DISMISSED)
    stands = real & ~dismissed
    columns = {
        "non_farm": area.where(stands & (counted["change"] == "non_farm"), 0.0),
        "non_grain": area.where(stands & (counted["change"] == "non_grain"), 0.0),
        "pieces": counted["pieces"].where(stands, 0).astype(int),
        "open": counted["pieces"].where(real & (counted["verdict"] == "open"), 0).astype(int),
        "confirmed": area.where(real & (counted["verdict"] == "confirmed"), 0.0),
        "dismissed": area.where(real & dismissed, 0.0),
        "slivers": area.where(~real, 0.0),
    }
    frame = pd.DataFrame(columns).groupby(place).sum()
    order = (frame["non_farm"] + frame["non_grain"]).to_frame("both").assign(slivers=frame["slivers"])
    return frame.loc[order.sort_values(["both", "slivers"], ascending=False).index]


def place_table(counted: pd.DataFrame, digits: int, names: Mapping[str, str], current: Lang) -> pd.DataFrame:
    """`place_sums` in words; `names` by 12-digit code."""
    frame = place_sums(counted, digits)
    shown: dict[str, object] = {
        tr("farmland.column.place", current): [names.get(str(code), str(code)) for code in frame.index]
    }
    for name in frame.columns:
        values = frame[name]
        shown[tr(f"farmland.column.{name}", current)] = (
            values.to_numpy() if name in ("pieces", "open") else values.round(2).to_numpy()
        )
    return pd.DataFrame(shown)
