"""What can be wrong with what a proposal is asked for."""

from analysis.errors import AnalysisError


class MissingPrice(AnalysisError):
    """The unit costs lack one that a project is priced by."""

    key = "proposals.missing_price"
