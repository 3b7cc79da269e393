"""The way from a number of quota to the entries of the ledger that sum to it."""

from decimal import Decimal

from i18n import Lang, tr
from layers.codes import QuotaBook, QuotaBucket, QuotaKind
from pages import links
from pages.quota_words import mu

_WHOLE = 12
"""Digits of a code that names a unit without those below it."""


def entries_link(
    prefix: str,
    kind: QuotaKind,
    bucket: QuotaBucket | None,
    current: Lang,
    amount_mu: Decimal | None = None,
    lot: str = "",
    unit: str = "",
) -> None:
    """A link to the entries of an amount.

    Parameters
    ----------
    prefix : significant digits of the unit, whose lower units are counted with it; its whole code for its own only.
    bucket : None for all that is inside the ledger.
    amount_mu : the number itself, which the label says.
    lot : number of the consolidation project, "" for all.
    unit : the unit's name, where the label is to say it.
    """
    parts = [unit] if unit else []
    parts += [kind.text.get(current)] + ([] if bucket is None else [bucket.text.get(current)])
    label = tr("land.to_kind", current, kind=" · ".join(parts))
    if amount_mu is not None:
        label = tr("land.with_amount", current, label=label, mu=mu(amount_mu))
    query = {"unit": prefix.ljust(12, "0"), "kind": str(kind), "book": str(QuotaBook.ACTUAL)}
    query |= {"own": "1"} if len(prefix) == _WHOLE else {}
    query |= {"bucket": str(bucket)} if bucket is not None else {}
    query |= {"project": lot} if lot else {}
    links.page_link("quota_ledger", label, ":material/account_balance:", query)
