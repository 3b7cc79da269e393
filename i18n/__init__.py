"""One catalogue of every sentence shown to people, Chinese first."""

from i18n.catalogue import catalogue_keys, tr
from i18n.text import LANGUAGES, Lang, Text

__all__ = ["LANGUAGES", "Lang", "Text", "catalogue_keys", "tr"]
