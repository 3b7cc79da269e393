"""The ledger in words: units, accounts, lines of postings."""

from collections.abc import Mapping
from decimal import Decimal

import pandas as pd
import sqlalchemy as sa

from analysis.quota import Account, scope
from base.settings import settings
from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import ParcelUse, QuotaBook, QuotaBucket, QuotaEntry, QuotaKind
from pages import formats
from store import places
from store.land.plan_figures import OPENING

_COUNTY_DIGITS, _TOWNSHIP_DIGITS = AdminLevel.COUNTY.digits, AdminLevel.TOWNSHIP.digits


def unit_names(connection: sa.Connection) -> dict[str, str]:
    """Names by 12-digit code: the city, its counties, and townships with their county's name, in the order of codes."""
    city = places.children(connection, AdminLevel.CITY, settings().city_code[:4])
    counties = places.children(connection, AdminLevel.COUNTY)
    townships = places.children(connection, AdminLevel.TOWNSHIP)
    of_county = dict(zip(counties["admin_code"].str[:_COUNTY_DIGITS], counties["name"], strict=True))
    found = dict(zip(city["admin_code"], city["name"], strict=True))
    found |= dict(zip(counties["admin_code"], counties["name"], strict=True))
    for code, name in zip(townships["admin_code"], townships["name"], strict=True):
        found[code] = f"{of_county.get(code[:_COUNTY_DIGITS], '')} · {name}"
    return dict(sorted(found.items()))


def level_of(code: str) -> AdminLevel:
    """The level of a unit by its code."""
    digits = len(scope(code))
    return next(level for level in AdminLevel if level.digits == digits)


def mu(amount: Decimal | float) -> str:
    """An area of the ledger: up to four decimals, with its sign if it is taken away."""
    return formats.number(float(amount), 4)


def share_words(share: object, lang: Lang) -> str:
    """A reserved share as per cent, two decimals."""
    return tr("pages.no_data", lang) if formats.missing(share) else f"{float(str(share)) * 100:.2f} %"


def reference_words(reference: str, lang: Lang) -> str:
    """The document that a posting rests on; of the opening, the figures that it carried over."""
    if not reference.startswith(OPENING):
        return reference
    return tr("ledger.opening_reference", lang, day=reference.removeprefix(OPENING).strip())


def account_words(account: Account, names: Mapping[str, str], lang: Lang) -> str:
    """Unit, where in it, and which project or parcel."""
    parts = [names.get(account.admin_code, account.admin_code), account.bucket.text.get(lang)]
    if account.lot:
        parts.append(tr("ledger.lot_is", lang, lot=account.lot))
    if account.parcel_no:
        parts.append(tr("ledger.parcel_is", lang, parcel=account.parcel_no))
    return " / ".join(parts)


def state_words(row: Mapping[str, object], lang: Lang) -> str:
    """Whether an entry has happened, is planned, carried out or reversed."""
    closed = row["closed_by"]
    if not formats.missing(closed):
        return tr("ledger.closed", lang, number=int(str(int(float(str(closed))))))
    return QuotaBook.of(str(row["book"])).text.get(lang)


def entry_table(entries: pd.DataFrame, names: Mapping[str, str], lang: Lang) -> pd.DataFrame:
    """Lines of postings for the screen and for paper, with what was held after each posting.

    Parameters
    ----------
    entries : as `store.land.ledger_list.entries` gives them, newest first.
    """
    signed = entries["amount_mu"].astype(float)
    counted = signed.where(entries["book"] == str(QuotaBook.ACTUAL), 0.0)
    held = counted[::-1].cumsum()[::-1].round(4)
    # Lines of one posting count at once: between them there is no balance.
    held = held.groupby(entries["posting_id"].to_numpy(), sort=False).transform("first")

    def words(column: str, codes: type[QuotaEntry | QuotaBucket | QuotaKind | ParcelUse]) -> list[str]:
        return [
            "" if formats.missing(value) else codes.of(str(value)).text.get(lang) for value in entries[column]
        ]

    return pd.DataFrame(
        {
            tr("ledger.column.number", lang): entries["posting_id"].astype("Int64"),
            tr("ledger.column.day", lang): [day.isoformat() for day in entries["effective_on"]],
            tr("ledger.column.entry", lang): words("entry", QuotaEntry),
            tr("ledger.column.state", lang): [state_words(row, lang) for row in entries.to_dict("records")],
            tr("ledger.column.unit", lang): [names.get(code, code) for code in entries["admin_code"]],
            tr("ledger.column.bucket", lang): words("bucket", QuotaBucket),
            tr("ledger.column.amount", lang): signed.round(4),
            tr("ledger.column.held", lang): held,
            tr("ledger.column.lot", lang): entries["lot"],
            tr("ledger.column.parcel", lang): entries["parcel_no"],
            tr("ledger.column.purpose", lang): words("purpose", ParcelUse),
            tr("ledger.column.reason", lang): entries["reason"],
            tr("ledger.column.reference", lang): [
                reference_words(said, lang) for said in entries["reference"]
            ],
            tr("ledger.column.by", lang): entries["made_by"],
            tr("ledger.column.at", lang): [formats.moment(at, lang) for at in entries["made_at"]],
        }
    )
