"""From gaps to candidate projects: what could be built, for whom, and at what cost."""
