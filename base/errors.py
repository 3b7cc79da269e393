"""The root of every error that a person is told about."""

from i18n import Lang, tr


class XiangtuError(Exception):
    """An error with a sentence in the catalogue: what is wrong, where, and the mend.

    Each package derives its own small hierarchy from it. `str()` is the Chinese sentence, because the
    command line and the logs of the users are Chinese.
    """

    key = "error.unexpected"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(self.sentence("zh"))

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`."""
        return tr(self.key, lang, **self.values)
