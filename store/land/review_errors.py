"""What can be wrong with a step of a review, in sentences."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from i18n import Lang, tr
from layers import AdminLevel
from layers.codes import CodeList
from store.errors import RecordChanged, StoreError

if TYPE_CHECKING:
    from store.land.reviews import Review


def _worded(values: dict[str, object], lang: Lang) -> dict[str, object]:
    return {k: v.text.get(lang) if isinstance(v, CodeList) else v for k, v in values.items()}


class ReviewError(StoreError):
    """Base of what a review refuses; members of code lists among its values are told in the reader's language."""

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`."""
        return tr(self.key, lang, **_worded(self.values, lang))


class UnknownParcel(ReviewError):
    """There is no such parcel, or not for this person."""

    key = "reviews.unknown_parcel"


class ReviewMovedOn(RecordChanged):
    """Somebody took a step with the parcel since it was read; says who, and which."""

    key = "reviews.moved_on"

    def __init__(self, now: "Review") -> None:
        self.now: Review = now
        last = now.last
        StoreError.__init__(
            self,
            parcel=now.parcel_no,
            who="" if last is None else last.made_by,
            action="" if last is None else last.action,
            remark="" if last is None or not last.remark else last.remark,
        )

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`, with the step in its words."""
        return tr(self.key, lang, **_worded(self.values, lang))


class NoSuchStep(ReviewError):
    """The parcel's state does not allow the step."""

    key = "reviews.no_such_step"


class OfficeNeeded(ReviewError):
    """Another office takes this step."""

    key = "reviews.office_needed"

    def __init__(self, action: CodeList, office: AdminLevel) -> None:
        self.office = office
        super().__init__(action=action)

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`; the office in its words."""
        return tr(
            self.key, lang, **_worded(self.values, lang), office=tr(f"reviews.office_{self.office}", lang)
        )


class OwnParcel(ReviewError):
    """Nobody judges what they handed in."""

    key = "reviews.own_parcel"


class ExaminedByYou(ReviewError):
    """Who examined a parcel does not approve it."""

    key = "reviews.examined_by_you"


class NotYours(ReviewError):
    """Only who handed a parcel in takes it back."""

    key = "reviews.not_yours"


class ParcelChanged(ReviewError):
    """The parcel is not what it was when the person looked at it."""

    key = "reviews.parcel_changed"


class CheckedAnew(ReviewError):
    """The parcel was checked anew since the person looked at it."""

    key = "reviews.checked_anew"


class ChangedSinceSubmitted(ReviewError):
    """The parcel is not what was handed in."""

    key = "reviews.changed_since_submitted"


class CheckNeeded(ReviewError):
    """No check of the parcel as it is now."""

    key = "reviews.check_needed"


class Prohibited(ReviewError):
    """A conflict prohibits the approval."""

    key = "reviews.prohibited"


class RemarkForConflict(ReviewError):
    """A conflict restricts the parcel's use, so that the step asks for a remark."""

    key = "reviews.remark_for_conflict"


class RemarkNeeded(ReviewError):
    """The step asks for its reason."""

    key = "reviews.remark_needed"


class RemarkTooLong(ReviewError):
    """A remark longer than 2,000 letters."""

    key = "reviews.remark_too_long"


class NoQuota(ReviewError):
    """No account of the parcel's places has quota enough."""

    key = "reviews.no_quota"

    def __init__(
        self, parcel_no: str, kind: CodeList, asked_mu: Decimal, there_mu: Sequence[tuple[str, Decimal]]
    ) -> None:
        self.there_mu = tuple(there_mu)
        super().__init__(parcel=parcel_no, kind=kind, asked=asked_mu)

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`; what each unit has, in its words."""
        told = (tr("reviews.quota_there", lang, place=p, there=f"{mu:.2f}") for p, mu in self.there_mu)
        joined = ("，" if lang == "zh" else ", ").join(told)
        return tr(self.key, lang, **_worded(self.values, lang), places=joined)


class BadFile(ReviewError):
    """A file that cannot be attached."""

    key = "reviews.bad_file"


class FileTooLarge(BadFile):
    """Larger than an attachment may be."""

    key = "reviews.file_too_large"


class FileKindUnknown(BadFile):
    """Of a kind that is not attached."""

    key = "reviews.file_kind"


class FileUnlikeName(BadFile):
    """Not what its name says."""

    key = "reviews.file_unlike_name"


class FileDamaged(BadFile):
    """It cannot be read."""

    key = "reviews.file_damaged"


class FileActive(BadFile):
    """It holds programs, or files within it."""

    key = "reviews.file_active"


class TooManyFiles(BadFile):
    """More files than one step takes."""

    key = "reviews.too_many_files"
