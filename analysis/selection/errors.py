"""What can be wrong with a question to the optimiser."""

from analysis.errors import AnalysisError


class SelectionError(AnalysisError):
    """Base of the errors of this package."""

    key = "optimise.failed"


class DuplicateNumber(SelectionError):
    """Two options, demands or rules share a number."""

    key = "optimise.duplicate"


class UnknownOption(SelectionError):
    """A rule or a precedence names a candidate that is not among the options."""

    key = "optimise.unknown_option"


class UnknownDemand(SelectionError):
    """A candidate serves people who are not among the demands."""

    key = "optimise.unknown_demand"


class NegativeAmount(SelectionError):
    """A cost, a budget or a number of people is negative or no number."""

    key = "optimise.negative"


class BadShare(SelectionError):
    """A share is not between 0 and 1."""

    key = "optimise.bad_share"


class PrecedenceCycle(SelectionError):
    """Candidates wait for each other in a circle."""

    key = "optimise.cycle"


class EmptyRule(SelectionError):
    """A rule names too few candidates to say anything."""

    key = "optimise.empty_rule"


class NoBudget(SelectionError):
    """No budget is given, so there is no year in which anything could be built."""

    key = "optimise.no_budget"


class NothingFound(SelectionError):
    """The search ended before any choice that keeps the rules was found, and did not prove that there is none."""

    key = "optimise.nothing_found"
