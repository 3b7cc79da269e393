"""What can be wrong with a posting before it reaches the ledger."""

from analysis.errors import AnalysisError
from i18n import Lang, Text, tr


class QuotaError(AnalysisError):
    """Base of the errors of postings."""

    key = "quota.bad_posting"

    def sentence(self, lang: Lang) -> str:
        """The message, with the names of codes in its language."""
        told = {name: v.get(lang) if isinstance(v, Text) else v for name, v in self.values.items()}
        return tr(self.key, lang, **told)


class BadAmount(QuotaError):
    """Not an area that can be posted."""

    key = "quota.bad_amount"


class BadUnit(QuotaError):
    """Not the code of a city, county or township."""

    key = "quota.bad_unit"


class LotNeeded(QuotaError):
    """Saved quota is posted by the project that saved it, other quota is not."""

    key = "quota.lot_needed"


class ReasonNeeded(QuotaError):
    """Saved quota for a use that does not come first, and a reversal, have a stated reason."""

    key = "quota.reason_needed"


class NotBalanced(QuotaError):
    """What is taken is not what is given."""

    key = "quota.not_balanced"
