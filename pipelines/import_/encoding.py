"""Which encoding text bytes are in: UTF-8 and GB18030 are told apart by decoding them strictly."""

import codecs

from pipelines.import_.errors import FileRefused, Refusal

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ("utf-8", "gb18030")
"""In the order of trying: GBK text is hardly ever valid UTF-8, the reverse happens often."""

_SAME_AS_GB18030 = {"gbk", "gb2312", "cp936", "936", "ms936", "gb18030", "gb_18030", "ansi936", "ansi 936"}
_SAME_AS_UTF8 = {"utf-8", "utf8", "65001", "cp65001", "utf-8-sig"}


def canonical(label: str) -> str | None:
    """Return our name of an encoding that a .cpg file or a person states, or None if it is unknown."""
    name = label.strip().strip("\x00").lower().replace("_", "-")
    if name in _SAME_AS_UTF8:
        return "utf-8"
    if name.replace("-", "") in {n.replace("-", "").replace("_", "") for n in _SAME_AS_GB18030}:
        return "gb18030"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def of_text(data: bytes, stated: str | None = None) -> str:
    """Encoding of a whole text.

    Parameters
    ----------
    stated : what the person said; it is believed if the bytes can be decoded with it.

    Raises
    ------
    FileRefused : no candidate decodes the text.
    """
    for bom, name in _BOMS:
        if data.startswith(bom):
            return name
    wanted = canonical(stated) if stated else None
    for name in [wanted] if wanted else list(CANDIDATES):
        try:
            data.decode(name)
        except UnicodeError:
            continue
        return name
    raise FileRefused(Refusal.ENCODING, tried=stated or "UTF-8, GB18030")


def decodes(value: bytes, name: str, *, full: bool) -> bool:
    """Whether bytes are text in an encoding; in a `full` field a character cut at the end is forgiven."""
    try:
        codecs.getincrementaldecoder(name)().decode(value, final=not full)
    except UnicodeError:
        return False
    return True


def of_fields(values: list[tuple[bytes, bool]], stated: str | None = None) -> tuple[str, bool]:
    """Encoding of fixed-width fields.

    Parameters
    ----------
    values : bytes of fields, and whether each fills its width (then its last character may be cut).
    stated : encoding named by the .cpg file or a person.

    Returns
    -------
    the encoding, and whether `stated` was believed (True when nothing was stated).
    """
    wanted = canonical(stated) if stated else None
    order = [n for n in dict.fromkeys([wanted, *CANDIDATES]) if n]
    failures = {n: sum(not decodes(value, n, full=full) for value, full in values) for n in order}
    best = min(order, key=lambda n: (failures[n], order.index(n)))
    return best, stated is None or best == wanted


def decode_field(value: bytes, name: str) -> tuple[str, bool]:
    """Decode a field; a character cut at its end is dropped.

    Returns
    -------
    the text, and whether other bytes could not be decoded (they appear as U+FFFD).
    """
    try:
        return codecs.getincrementaldecoder(name)().decode(value, final=False), False
    except UnicodeError:
        return value.decode(name, errors="replace"), True
