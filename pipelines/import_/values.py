"""Reading single values as departments write them; applied to the distinct values of a column."""

import re
from collections.abc import Callable

from layers import Field, Kind
from pipelines.import_ import units
from pipelines.import_.dates import read_date
from pipelines.import_.findings import Check
from pipelines.import_.folding import comparable, fold_width, has_unseen, unit_key, without_unseen
from pipelines.import_.reading import Reading

BLANKS = frozenset(
    comparable(token)
    for token in (
        "无", "/", "//", "\\", "-", "--", "—", "——", "－", "空", "暂无", "没有", "未知", "不详", "不明",
        "未填", "缺", "null",
        "<null>", "none", "nan", "n/a", "na", "#n/a", "…", "...", "、", "*", "?", "nat", "空白",
    )
)  # fmt: skip
"""Spellings of "nothing"; a code list or a yes/no column may give some of them a meaning."""

NUMERIC = (Kind.NUMBER, Kind.INTEGER, Kind.MONEY)

_TRUE = frozenset(
    map(comparable, ("是", "有", "√", "✓", "✔", "☑", "1", "1.0", "true", "t", "yes", "y", "对", "已", "是的"))
)
_FALSE = frozenset(
    map(
        comparable,
        ("否", "无", "×", "✗", "✘", "☐", "x", "0", "0.0", "false", "f", "no", "n", "没有", "不是", "未"),
    )
)

_ABOUT = re.compile(r"^(?:大约|约为|约|近|大概|≈|~|~)\s*")
_OR_SO = re.compile(r"(?:左右|上下|余|多)$")
_NUMBER = re.compile(r"^([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?)(.*)$", re.IGNORECASE | re.DOTALL)
_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?(?=\D|$)")
LARGEST = 2**53
_SHARES = frozenset(map(unit_key, ("share", "比例", "1")))
"""Stored units of which a percent is a hundredth; where per cent themselves are stored, `units` knows it."""
_MANY = {"万": 10_000.0, "千": 1_000.0, "亿": 1e8}


def read_number(text: str, field: Field, factor: float = 1.0) -> Reading:
    """Read a number in the stored unit; `factor` is that of the heading's unit, for values that state none.

    ``1,234.5`` is read as it is; ``约3.5``, ``3.5米``, ``1.2万元`` and the ``85%`` of a share with a note.
    Ranges (``3-5``) and units that cannot be converted, such as the ``85%`` of a length, are not read.
    """
    plain = without_unseen(fold_width(text)).replace("−", "-")
    note: Check | None = None
    if _ABOUT.match(plain) or _OR_SO.search(plain):
        plain, note = _OR_SO.sub("", _ABOUT.sub("", plain)).strip(), Check.APPROXIMATE
    if thousands := _THOUSANDS.match(plain):
        plain = thousands[0].replace(",", "") + plain[thousands.end() :]
    if plain[:2].lower() == "dn" and "dn" in units.factors(field):
        plain, note = plain[2:], Check.VALUE_UNIT
    match = _NUMBER.match(plain)
    if match is None:
        return Reading(failure=Check.UNREADABLE)
    value, rest = float(match[1]), _OR_SO.sub("", match[2]).strip()
    if rest != match[2].strip():
        note = Check.APPROXIMATE
    if rest:
        stated = _factor(rest, field)
        if stated is None:
            return Reading(failure=Check.UNREADABLE)
        factor, note = stated, note or (Check.PERCENT if rest == "%" else Check.VALUE_UNIT)
    return fitted(value * factor, note, field)


def _factor(unit: str, field: Field) -> float | None:
    known = units.factors(field)
    key = unit_key(unit)
    if key in known:
        return known[key]
    if key == "%" and unit_key(field.unit or "") in _SHARES:
        return 0.01
    if key[:1] in _MANY and (key[1:] in known or not key[1:]):
        return _MANY[key[:1]] * known.get(key[1:], 1.0)
    return None


def fitted(value: float, note: Check | None, field: Field) -> Reading:
    """Fit a number to its kind: whole numbers must be whole, money has two decimals."""
    if not abs(value) < LARGEST:
        return Reading(failure=Check.UNREADABLE)
    if field.kind is Kind.INTEGER:
        whole = round(value)
        if abs(value - whole) > 1e-6 * max(1.0, abs(value)):
            return Reading(failure=Check.NOT_WHOLE)
        return Reading(float(whole), note)
    return Reading(round(value, 2) if field.kind is Kind.MONEY else value, note)


def read_boolean(text: str) -> Reading:
    """Read yes or no: 是 否 有 无 √ × 1 0 true false …"""
    key = comparable(text)
    if key in _TRUE:
        return Reading(True)
    if key in _FALSE:
        return Reading(False)
    return Reading(failure=Check.UNREADABLE)


def code_spellings(field: Field) -> dict[str, str]:
    """Code by folded spelling: codes first, then Chinese and English names, then aliases."""
    if field.codes is None:
        raise ValueError(f"{field.name} has no code list")
    spellings: dict[str, str] = {}
    for spoken in (
        lambda m: (str(m),),
        lambda m: (m.text.zh, m.text.en),
        lambda m: m.aliases,
    ):
        for member in field.codes:
            for spelling in spoken(member):
                spellings.setdefault(comparable(spelling), str(member))
    return spellings


def read_code(text: str, spellings: dict[str, str]) -> Reading:
    """Read a value of a code list by code, name or alias; anything else is unknown."""
    key = comparable(text)
    code = spellings.get(key)
    if code is None and key.endswith(".0"):
        code = spellings.get(key.removesuffix(".0"))
    return Reading(code) if code is not None else Reading(failure=Check.UNKNOWN_CODE)


def read_text(text: str, field: Field, *, identifier: bool) -> Reading:
    """Read words: unseen characters go, identifiers lose full-width forms, overlong text is cut.

    An overlong identifier is a failure: a cut one would name something else.
    """
    note: Check | None = Check.CONTROL_CHARACTERS if has_unseen(text) else None
    plain = without_unseen(text)
    if identifier and fold_width(plain) != plain:
        plain, note = fold_width(plain), note or Check.WIDTH_FOLDED
    if len(plain) > field.max_length:
        if identifier:
            return Reading(failure=Check.KEY_TOO_LONG)
        plain, note = plain[: field.max_length], Check.TEXT_CUT
    return Reading(plain or None, note)


def reader(field: Field, *, factor: float = 1.0, identifier: bool = False) -> Callable[[str], Reading]:
    """The function that reads one value of a field.

    Parameters
    ----------
    factor : of the unit that the heading states, to the stored unit.
    identifier : the field names things, so that its spelling must be exact.
    """
    if field.kind in NUMERIC:
        return lambda text: read_number(text, field, factor)
    if field.kind is Kind.DATE:
        return read_date
    if field.kind is Kind.BOOLEAN:
        return read_boolean
    if field.kind is Kind.CODE:
        spellings = code_spellings(field)
        return lambda text: read_code(text, spellings)
    return lambda text: read_text(text, field, identifier=identifier)
