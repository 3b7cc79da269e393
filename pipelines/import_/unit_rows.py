"""Rows of the register itself: their codes, parents and the spellings that search needs."""

import numpy as np
import pandas as pd
import pyarrow as pa
from pypinyin import Style, lazy_pinyin, load_single_dict

from layers import AdminLevel, Remedy
from pipelines.import_.findings import Check, Findings, sentence
from pipelines.import_.placing import read_code
from pipelines.import_.register import Register

_DIGITS = 12
_LEVELS = {str(level): level for level in AdminLevel}
_OWN_DIGITS = {
    AdminLevel.CITY: slice(0, 4),
    AdminLevel.COUNTY: slice(4, 6),
    AdminLevel.TOWNSHIP: slice(6, 9),
    AdminLevel.VILLAGE: slice(9, 12),
}
_ABOVE = {
    AdminLevel.COUNTY: AdminLevel.CITY,
    AdminLevel.TOWNSHIP: AdminLevel.COUNTY,
    AdminLevel.VILLAGE: AdminLevel.TOWNSHIP,
}
_READINGS = {"佛": "fó", "长": "cháng", "圩": "xū", "咀": "zuǐ"}
"""Letters that place names read otherwise than the dictionary does first: 佛冈 Fógāng, 新圩 Xīnxū."""
load_single_dict({ord(letter): reading for letter, reading in _READINGS.items()})


def read_codes(column: pa.Array, title: str, findings: Findings) -> pd.Series:
    """The 12-digit codes of a file of units; rows without a sound one are rejected."""
    words = column.to_pylist()
    codes: list[str | None] = []
    failed: dict[Check, list[int]] = {}
    for i, word in enumerate(words):
        code, failure = read_code(word or "")
        codes.append(code)
        if code is None:
            failed.setdefault(failure or Check.PLACE_EMPTY, []).append(i)
    levels = "/".join(str(level.digits) for level in AdminLevel)
    for check, rows in failed.items():
        findings.rows(
            check,
            Remedy.REJECT,
            rows,
            sentence(check, levels=levels),
            column=title,
            value=lambda i, rows=rows: words[rows[i]],
        )
    return pd.Series(pd.array(codes, dtype="str"))


def parent_of(code: str, level: AdminLevel) -> str | None:
    """Code of the unit above; None for a city."""
    above = _ABOVE.get(level)
    return code[: above.digits].ljust(_DIGITS, "0") if above else None


def check_hierarchy(codes: pd.Series, levels: pd.Series, register: Register, findings: Findings) -> pd.Series:
    """Parent codes; rows whose code does not suit their level or whose parent is unknown are rejected.

    A rejected unit rejects the units below it in the file too.
    """
    parents: list[str | None] = [None] * len(codes)
    unsuited = []
    for i in np.flatnonzero(~findings.rejected):
        level, code = _LEVELS[levels.iloc[i]], codes.iloc[i]
        if code[level.digits :].strip("0") or not code[_OWN_DIGITS[level]].strip("0"):
            unsuited.append(i)
        else:
            parents[i] = parent_of(code, level)
    findings.rows(
        Check.LEVEL_CODE,
        Remedy.REJECT,
        unsuited,
        sentence(Check.LEVEL_CODE),
        value=lambda i: codes.iloc[unsuited[i]],
    )
    while True:
        known = set(register.codes) | set(codes[~findings.rejected])
        orphans = [i for i in np.flatnonzero(~findings.rejected) if parents[i] and parents[i] not in known]
        if not orphans:
            break
        findings.rows(
            Check.PARENT_MISSING,
            Remedy.REJECT,
            orphans,
            lambda i, orphans=orphans: sentence(Check.PARENT_MISSING, parent=parents[orphans[i]]),
            value=lambda i, orphans=orphans: codes.iloc[orphans[i]],
        )
    return pd.Series(pd.array(parents, dtype="str"))


def spellings(names: pd.Series) -> tuple[list[str], list[str]]:
    """Pinyin without tones and initials of each name: 西牛镇 → xiniuzhen, xnz."""
    pinyin = ["".join(lazy_pinyin(name)) for name in names]
    initials = ["".join(lazy_pinyin(name, style=Style.FIRST_LETTER)) for name in names]
    return pinyin, initials
