"""From codes to the words that departments write: names without codes, Chinese values, Chinese headings."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from layers import Kind, feature_type
from pipelines.demo.geography import Geography

_VILLAGE_KIND = re.compile(r"(社区居委会|居委会|村委会)$")
_UNSAFE_END = re.compile(r"(村|社区|居委|村委|街|镇|乡)$")
_ALIAS_SHARE = 0.12
NOTE = "模拟数据"


@dataclass(frozen=True)
class Spellings:
    """How departments spell villages and townships, by 12-digit code; the official spelling comes first."""

    villages: Mapping[str, tuple[str, ...]]
    townships: Mapping[str, tuple[str, ...]]

    def applied(self, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
        """Replace official names by spellings drawn at random, and drop the codes."""
        codes = frame["admin_code"].to_numpy()
        luck = rng.random((2, len(frame)))
        village = [_drawn(self.villages[c], u) for c, u in zip(codes, luck[0], strict=True)]
        township = [_drawn(self.townships[c[:9]], u) for c, u in zip(codes, luck[1], strict=True)]
        return frame.drop(columns="admin_code").assign(village=village, township=township)


def spellings(geography: Geography) -> Spellings:
    """Collect the spellings in use: 连樟村委会 is also 连樟村, and 连樟 where nothing else is called so."""
    villages: dict[str, tuple[str, ...]] = {}
    stems = geography.villages["name"].str.replace(_VILLAGE_KIND, "", regex=True)
    alone = ~pd.Series(list(zip(geography.villages["township_code"], stems, strict=True))).duplicated(
        keep=False
    )
    for code, name, stem, is_alone in zip(
        geography.villages["admin_code"], geography.villages["name"], stems, alone, strict=True
    ):
        villages[code] = (name, *_village_variants(name, stem)) if is_alone else (name,)
    townships = {}
    for code, name in zip(geography.townships["admin_code"], geography.townships["name"], strict=True):
        short = re.sub(r"(镇|街道)$", "", name)
        safe = short != name and len(short) > 1 and not _UNSAFE_END.search(short)
        townships[code[:9]] = (name, short) if safe else (name,)
    return Spellings(villages, townships)


def _village_variants(name: str, stem: str) -> tuple[str, ...]:
    if stem == name or _UNSAFE_END.search(stem) or len(stem) < 2:
        return ()
    return (f"{stem}村", stem) if name.endswith("村委会") else (f"{stem}社区", stem)


def _drawn(choices: tuple[str, ...], luck: float) -> str:
    """Half of the time the official spelling."""
    if luck < 0.5 or len(choices) == 1:
        return choices[0]
    return choices[1 + int((luck - 0.5) * 2 * (len(choices) - 1))]


def worded(frame: pd.DataFrame, feature: str, rng: np.random.Generator) -> pd.DataFrame:
    """Write the codes, days and yes/no of a feature type's fields in words; the geometry is left out."""
    words = pd.DataFrame(frame.drop(columns="geometry", errors="ignore")).copy()
    for field in feature_type(feature).fields:
        if field.name not in words:
            continue
        if field.codes is not None:
            words[field.name] = _coded(words[field.name], field.codes, rng)
        elif field.kind is Kind.DATE:
            days = pd.to_datetime(words[field.name])
            words[field.name] = days.dt.strftime("%Y-%m-%d").astype(object).where(days.notna(), None)
        elif field.kind is Kind.BOOLEAN:
            words[field.name] = np.where(words[field.name], "是", "否")
    return words


def _coded(column: pd.Series, codes: type, rng: np.random.Generator) -> pd.Series:
    usual = {str(member): member.text.zh for member in codes}
    other = {str(member): next(filter(_half_width, member.aliases), member.text.zh) for member in codes}
    alias = rng.random(len(column)) < _ALIAS_SHARE
    values = column.astype(object).where(column.notna(), None)
    return values.map(usual).where(~alias, values.map(other)).astype(object)


def headed(frame: pd.DataFrame, headings: Mapping[str, str]) -> pd.DataFrame:
    """Choose and order the columns and give them their Chinese headings; a note says that all is made up."""
    if isinstance(frame, gpd.GeoDataFrame):
        raise TypeError("geometry is written apart")
    chosen = frame[list(headings)].rename(columns=dict(headings)).astype(object)
    return chosen.where(chosen.notna(), None).assign(备注=NOTE)


def _half_width(text: str) -> bool:
    """Whether a spelling has no full-width forms; those are planted and counted elsewhere."""
    return unicodedata.normalize("NFKC", text) == text
