"""Candidates in words and tables: money, size, origin, cost taken apart, who gains."""

from collections.abc import Mapping, Sequence

import pandas as pd
import shapely

from analysis.proposals.model import Candidate, NotServed
from analysis.proposals.unit_costs import UNIT_COSTS
from analysis.proposals.words import reason_sentence, unit_word
from i18n import Lang, tr
from pages import formats
from store.planning.candidates import Origin, StoredCandidate

_WAN = 10_000
_COSTS = {cost.id: cost for cost in UNIT_COSTS}


def money(yuan: float, lang: Lang) -> str:
    """Yuan as people say it: in 万元, or with thousands in English."""
    in_wan = formats.number(yuan / _WAN, 0 if yuan >= 1000 * _WAN else 1)
    return tr("planning.money", lang, amount=in_wan if lang == "zh" else formats.number(yuan))


def size_words(candidate: Candidate, lang: Lang) -> str:
    """Length in km from one on, capacity, number of stations or houses."""
    if candidate.unit == "m" and candidate.size >= 1000:
        return f"{formats.number(candidate.size / 1000, 2)} {tr('planning.km', lang)}"
    digits = 1 if candidate.unit == "m3d" else 0
    return f"{formats.number(candidate.size, digits)} {unit_word(candidate.unit, lang)}"


def yuan_per_person(candidate: Candidate) -> float | None:
    """Cost of one person who gains; None where nobody does."""
    return candidate.cost_yuan / candidate.people if candidate.people > 0 else None


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)


def origin_words(origin: Origin, lang: Lang) -> str:
    """Where a candidate comes from."""
    return tr(f"planning.origin_{origin}", lang)


def candidate_table(
    found: Sequence[StoredCandidate], villages: Mapping[str, str], costs: Mapping[str, float], lang: Lang
) -> pd.DataFrame:
    """One row for each candidate, in the order given; money in 万元 or thousands; a column for old prices if any."""
    made = [one.candidate for one in found]

    def head(name: str) -> str:
        return tr(f"planning.column_{name}", lang)

    table = pd.DataFrame(
        {
            head("name"): [one.name for one in made],
            head("cost"): [one.cost_yuan / (_WAN if lang == "zh" else 1000) for one in made],
            head("people"): [round(one.people) for one in made],
            head("per_person"): [_whole(yuan_per_person(one)) for one in made],
            head("size"): [size_words(one, lang) for one in made],
            head("village"): [villages.get(one.admin_code, one.admin_code) for one in made],
            head("relocation"): [one.relocation for one in made],
            head("origin"): [origin_words(one.origin, lang) for one in found],
        }
    )
    old = [one.is_priced_otherwise(costs) for one in found]
    return table.assign(**{head("old_prices"): old}) if any(old) else table


def cost_table(candidate: Candidate, prices: Mapping[str, float], lang: Lang) -> pd.DataFrame:
    """The cost taken apart: item, quantity, unit cost, yuan; the sum in the last row."""

    def head(name: str) -> str:
        return tr(f"planning.cost_{name}", lang)

    rows = []
    for part, (quantity, yuan) in candidate.cost_parts.items():
        cost = _COSTS.get(part)
        unit = cost.unit.get(lang) if cost else ""
        rows.append(
            (
                cost.title.get(lang) if cost else part,
                f"{formats.number(quantity, 2)} {unit}",
                formats.number(prices[part], 2) if part in prices else "—",
                formats.number(yuan),
            )
        )
    rows.append((head("sum"), "", "", formats.number(candidate.cost_yuan)))
    return pd.DataFrame(rows, columns=[head("item"), head("quantity"), head("unit_yuan"), head("yuan")])


def served_table(
    candidate: Candidate, settlements: Mapping[str, str], villages: Mapping[str, str], lang: Lang
) -> pd.DataFrame:
    """Natural villages whose people gain, most people first."""
    rows = sorted(candidate.served, key=lambda one: (-one.people, one.settlement_no))
    return pd.DataFrame(
        {
            tr("planning.settlement", lang): [
                settlements.get(one.settlement_no, tr("planning.whole_village", lang)) for one in rows
            ],
            tr("planning.column_village", lang): [
                villages.get(one.admin_code, one.admin_code) for one in rows
            ],
            tr("planning.column_people", lang): [round(one.people) for one in rows],
        }
    )


def without_table(
    without: Sequence[NotServed], settlements: Mapping[str, str], villages: Mapping[str, str], lang: Lang
) -> pd.DataFrame:
    """For whom nothing was found, and why; most people first."""
    rows = sorted(without, key=lambda one: (-one.served.people, one.served.settlement_no))
    return pd.DataFrame(
        {
            tr("planning.settlement", lang): [
                settlements.get(one.served.settlement_no, one.served.settlement_no) for one in rows
            ],
            tr("planning.column_village", lang): [
                villages.get(one.served.admin_code, one.served.admin_code) for one in rows
            ],
            tr("planning.without_people", lang): [round(one.served.people) for one in rows],
            tr("planning.without_why", lang): [reason_sentence(one.reason, lang) for one in rows],
        }
    )


def comparison(theirs: Candidate, mine: Candidate, lang: Lang) -> pd.DataFrame:
    """Both versions in words as Markdown, bold where they differ."""

    def words(one: Candidate) -> list[str]:
        shape = tr("planning.vertices", lang, number=_vertices(one))
        said = (
            one.name,
            size_words(one, lang),
            money(one.cost_yuan, lang),
            formats.number(one.people),
            shape,
        )
        return [formats.plain(each) for each in said]

    rows = [
        (left, right) if left == right else (f"**{left}**", f"**{right}**")
        for left, right in zip(words(theirs), words(mine), strict=True)
    ]
    return pd.DataFrame(
        {
            tr("planning.part", lang): [
                tr(f"planning.{part}", lang)
                for part in ("column_name", "column_size", "cost", "column_people", "shape")
            ],
            tr("pages.people.theirs", lang): [left for left, _ in rows],
            tr("pages.people.mine", lang): [right for _, right in rows],
        }
    )


def _vertices(candidate: Candidate) -> int:
    return int(shapely.get_num_coordinates(candidate.geometry))
