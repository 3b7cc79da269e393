"""A pair of names: what a thing is called in Chinese and in English."""

from dataclasses import dataclass
from typing import Literal, get_args

Lang = Literal["zh", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)


@dataclass(frozen=True)
class Text:
    """One sentence or name in both languages.

    Code lists, layers and indicators carry their names with them as `Text`, so that a new layer is one
    file; everything a page says by itself lives in the catalogue (`i18n.tr`).
    """

    zh: str
    en: str

    def get(self, lang: Lang) -> str:
        """Return the words in `lang`."""
        return self.en if lang == "en" else self.zh
