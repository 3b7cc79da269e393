"""What can be wrong with what planners save."""

from store.errors import StoreError


class BadPrice(StoreError):
    """A price that is none."""

    key = "planning.bad_price"


class UnknownCandidate(StoreError):
    """There is no such candidate."""

    key = "planning.unknown_candidate"


class UnknownScenario(StoreError):
    """There is no such scenario."""

    key = "planning.unknown_scenario"


class ScenarioKnown(StoreError):
    """A scenario of that name is there."""

    key = "planning.scenario_known"


class ScenarioNameNeeded(StoreError):
    """A scenario needs a name."""

    key = "planning.scenario_name_needed"


class NothingChosen(StoreError):
    """The scenario has chosen nothing that could be carried into the library."""

    key = "planning.nothing_chosen"
