"""What the ledger refuses, in sentences."""

from i18n import Lang, Text, tr
from store.errors import StoreError


class LedgerError(StoreError):
    """Base of the errors of the ledger."""

    key = "quota.bad_posting"

    def sentence(self, lang: Lang) -> str:
        """The message, with the names of codes in its language."""
        told = {name: v.get(lang) if isinstance(v, Text) else v for name, v in self.values.items()}
        return tr(self.key, lang, **told)


class Overdrawn(LedgerError):
    """An account would go below zero at some day; names the unit, the kind, what is there and what is asked."""

    key = "quota.overdrawn"


class UsedSince(LedgerError):
    """What the posting to be reversed has brought is used meanwhile."""

    key = "quota.used_since"


class AlreadyClosed(LedgerError):
    """The posting is reversed or fulfilled already."""

    key = "quota.already_closed"


class CannotClose(LedgerError):
    """That posting is none that this one could reverse or fulfil."""

    key = "quota.cannot_close"


class OfApproval(LedgerError):
    """The parcel is approved; its quota comes and goes with the approval."""

    key = "quota.of_approval"


class NoApproval(LedgerError):
    """Quota is allotted by the approval of a parcel and by nothing else."""

    key = "quota.no_approval"


class NoAcceptance(LedgerError):
    """Savings and new farmland come by the acceptance of a project and by nothing else."""

    key = "quota.no_acceptance"


class InFuture(LedgerError):
    """An actual posting counts from today or from a day before."""

    key = "quota.in_future"


class UnknownPosting(LedgerError):
    """No posting has that number."""

    key = "quota.unknown_posting"
