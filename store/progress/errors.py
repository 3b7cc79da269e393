"""What can be wrong with what people do with the project library."""

from collections.abc import Sequence

from analysis.progress.entry import Fault
from i18n import Lang, Text, tr
from store.errors import StoreError


class LibraryError(StoreError):
    """Base of the errors of the project library; values that are `Text` are told in the reader's language."""

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`."""
        said = {name: v.get(lang) if isinstance(v, Text) else v for name, v in self.values.items()}
        return tr(self.key, lang, **said)


class UnknownLibraryProject(LibraryError):
    """No project has that code or number."""

    key = "library.error.unknown_project"


class StateNotAllowed(LibraryError):
    """The state does not follow the one that the project is in."""

    key = "library.error.state_not_allowed"


class StateReasonNeeded(LibraryError):
    """Such a change is told with a reason."""

    key = "library.error.state_reason"


class StateDayWrong(LibraryError):
    """A change of state in the future, or before the last one."""

    key = "library.error.state_day"


class MilestonesWrong(LibraryError):
    """Milestones that do not weigh 100 together, or one without a name or with a weight of nothing."""

    key = "library.error.milestones"


class MilestoneReported(LibraryError):
    """A milestone that a report says to be reached is not taken away."""

    key = "library.error.milestone_reported"


class EntryFaulty(LibraryError):
    """What was entered of a project cannot be kept; `faults` says which fields."""

    key = "library.error.entry"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(number=len(self.faults))


class UnknownFeature(LibraryError):
    """No feature of that type has that key, as far as the person can see."""

    key = "library.error.unknown_feature"


class ReportedMeanwhile(LibraryError):
    """Somebody reported the project since the file was read: the same month, or one that makes a month a fall."""

    key = "library.error.reported_meanwhile"
