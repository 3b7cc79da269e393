"""Making spellings comparable: full-width forms, case, white space, punctuation, units in brackets."""

import re
import unicodedata

_UNSEEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe]"
)
_BLANKS = re.compile(r"\s+")
_PUNCTUATION = re.compile(r"[\s_\-—–·.,:;*#'\"/\\|~`!?@&+=<>()\[\]{}《》【】〔〕、。,:;“”‘’•]+")
_BRACKETED = re.compile(r"^(.*?)[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]\s*$", re.DOTALL)
_UNIT_AFTER_SLASH = re.compile(r"^(.+?)[/_]([^/_]+)$")

_BRACKETS = dict.fromkeys(map(ord, "()[]【】〔〕"))

_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def fold_width(text: str) -> str:
    """Turn full-width ASCII forms (１Ａ,) into the half-width ones; other characters stay."""
    return text.translate(_FULL_WIDTH)


def without_unseen(text: str) -> str:
    """Drop control characters, zero-width characters, direction marks; tabs and line ends become blanks."""
    return _BLANKS.sub(" ", _UNSEEN.sub("", text)).strip()


def has_unseen(text: str) -> bool:
    """Whether `without_unseen` would drop a character."""
    return _UNSEEN.search(text) is not None


def comparable(text: str) -> str:
    """Fold width (NFKC), case and white space, for comparing values with code lists."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text))).casefold()


def heading_key(text: str) -> str:
    """Fold a heading so that spellings compare: width, case, white space and punctuation do not count."""
    return _PUNCTUATION.sub("", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold())


def unit_key(text: str) -> str:
    """Fold a unit: ``m²``, ``M2`` and ``㎡`` compare equal, so do ``m³/d`` and ``m3/日``."""
    folded = comparable(text).translate(_BRACKETS).removeprefix("单位").lstrip(":")
    return folded.replace("/日", "/d").replace("/天", "/d").replace("每日", "/d").replace("每天", "/d")


def split_unit(heading: str) -> tuple[str, str | None]:
    """Split ``设计规模(m³/d)`` into the heading and the unit in brackets at its end."""
    folded = fold_width(_UNSEEN.sub("", heading)).strip()
    match = _BRACKETED.match(folded)
    if match and match[1].strip() and match[2].strip():
        return match[1].strip(), match[2].strip()
    return folded, None


def split_slashed_unit(heading: str) -> tuple[str, str] | None:
    """Split ``投资/万元`` into the heading and what stands behind the slash."""
    match = _UNIT_AFTER_SLASH.match(fold_width(_UNSEEN.sub("", heading)).strip())
    return (match[1].strip(), match[2].strip()) if match else None


def has_open_bracket(heading: str) -> bool:
    """Whether a bracket is opened and not closed: dBase cut the unit off."""
    folded = fold_width(heading)
    return folded.count("(") > folded.count(")")
