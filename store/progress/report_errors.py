"""What can be wrong with a monthly report, its check or its photos, in sentences."""

from typing import TYPE_CHECKING

from i18n import Lang, Text, tr
from store.errors import RecordChanged, StoreError

if TYPE_CHECKING:
    from store.progress.reports import Report


class ReportError(StoreError):
    """Base of what a report refuses."""

    key = "reports.refused"

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`; values in both languages are put in by language."""
        said = {name: v.get(lang) if isinstance(v, Text) else v for name, v in self.values.items()}
        return tr(self.key, lang, **said)


class UnknownProject(ReportError):
    """The library has no such project."""

    key = "reports.unknown_project"


class UnknownReport(ReportError):
    """There is no report of that number."""

    key = "reports.unknown_report"


class MonthAhead(ReportError):
    """Nobody reports a month that has not begun."""

    key = "reports.month_ahead"


class DayOutsideMonth(ReportError):
    """The day that the figures are of lies outside the month, or has not come."""

    key = "reports.day_outside"


class PercentOutside(ReportError):
    """Less than 0 or more than 100 per cent."""

    key = "reports.percent_outside"


class PaidOutside(ReportError):
    """Less than nothing, or more digits than money has here."""

    key = "reports.paid_outside"


class UnknownMilestone(ReportError):
    """The project has no milestone of that number."""

    key = "reports.unknown_milestone"


class TextTooLong(ReportError):
    """A note, reason or remark is too long."""

    key = "reports.text_too_long"


class ProjectNotBegun(ReportError):
    """A project that nobody has approved yet is a plan: there is no progress to report."""

    key = "reports.project_not_begun"


class ProjectEnded(ReportError):
    """Projects accepted or cancelled are reported up to the month of their end."""

    key = "reports.project_ended"


class NoteForEarlyMonth(ReportError):
    """A month before the planned start asks for a note."""

    key = "reports.note_for_early"


class FallWithoutReason(ReportError):
    """The percent is less than the month before said, or more than a later one says."""

    key = "reports.fall_without_reason"


class RiseBeforeLower(ReportError):
    """The percent is more than a later month says, which gives no reason for its fall."""

    key = "reports.rise_before_lower"


class AlreadyReported(ReportError):
    """The project and month have a report; carries it."""

    key = "reports.already_reported"

    def __init__(self, present: "Report") -> None:
        self.present: Report = present
        super().__init__(
            number=present.id,
            name=present.project_name,
            month=f"{present.period:%Y-%m}",
            who=present.reported_by,
        )


class CorrectedMeanwhile(RecordChanged):
    """Somebody corrected the same report since it was read; `now` is the last of its chain."""

    key = "reports.corrected_meanwhile"

    def __init__(self, now: "Report") -> None:
        self.now: Report = now
        StoreError.__init__(self, number=now.id, who=now.reported_by)


class NotSameMonth(ReportError):
    """A correction is of the same project and month."""

    key = "reports.not_same_month"


class KeyOfAnother(ReportError):
    """The key of this submission belongs to the report of another project, month or person."""

    key = "reports.key_of_another"


class OwnReport(ReportError):
    """Nobody checks their own report."""

    key = "reports.own_report"


class Superseded(ReportError):
    """A report that was corrected since is checked no more."""

    key = "reports.superseded"


class RemarkNeeded(ReportError):
    """A report is returned for a stated reason."""

    key = "reports.remark_needed"


class CheckedMeanwhile(RecordChanged):
    """Somebody else checked the report; `now` is the report with that check."""

    key = "reports.checked_meanwhile"

    def __init__(self, now: "Report", verdict: str) -> None:
        self.now: Report = now
        self._verdict = verdict
        who = "" if now.check is None else now.check.checked_by
        StoreError.__init__(self, number=now.id, who=who)


class TooManyPhotos(ReportError):
    """More photos than a report takes."""

    key = "reports.too_many_photos"


class PhotoNotOfReport(ReportError):
    """A photo to be kept does not belong to the report that is corrected."""

    key = "reports.photo_not_of_report"
