"""From gaps to candidate projects: what could be built, for whom, and at what cost."""

from analysis.proposals.proposers import PROPOSERS, Proposer, Source

__all__ = ["PROPOSERS", "Proposer", "Source"]
