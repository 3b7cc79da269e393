"""A stored value as people read it."""

from i18n import Lang, tr
from layers import Field, Kind


def value_words(declared: Field, value: object, lang: Lang) -> str:
    """A stored value as people read it: code in words, yes or no, number with unit; a dash for no value."""
    if value is None:
        return tr("map.not_reported", lang)
    if declared.kind is Kind.CODE and declared.codes is not None:
        return declared.codes.of(str(value)).text.get(lang)
    if declared.kind is Kind.BOOLEAN:
        return tr("map.true" if value else "map.false", lang)
    if isinstance(value, int | float) and declared.kind in (Kind.NUMBER, Kind.INTEGER):
        number = f"{value:,.2f}".rstrip("0").rstrip(".") if declared.unit else f"{value:.10g}"
        return f"{number} {declared.unit}" if declared.unit else number
    if declared.kind is Kind.MONEY:
        return f"{value:,.2f} {declared.unit or ''}".strip()
    return str(value)
