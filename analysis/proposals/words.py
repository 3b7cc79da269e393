"""Proposals in words: units, assumptions, and why somebody is left without."""

from collections.abc import Mapping

from i18n import Lang, tr


def unit_word(unit: str, lang: Lang) -> str:
    """The unit of a candidate's size."""
    return tr(f"proposals.unit.{unit}", lang)


def reason_sentence(reason: str, lang: Lang) -> str:
    """Why no candidate was found for somebody."""
    return tr(f"proposals.reason.{reason}", lang)


def assumption_sentences(assumptions: Mapping[str, float | str], lang: Lang) -> list[str]:
    """What a candidate rests on, one sentence each, in the order given."""
    return [
        tr(f"proposals.assumption.{name}", lang, value=value if isinstance(value, str) else _figure(value))
        for name, value in assumptions.items()
    ]


def _figure(value: float) -> str:
    """Whole numbers from 100 on, else three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
