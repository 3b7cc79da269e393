"""Property tests run by count, not by clock: the machine may be busy."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None, max_examples=30)
settings.load_profile("unhurried")
