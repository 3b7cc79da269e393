"""Reading the catalogue: `messages/*.toml`, one file for each room, one table for each sentence."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from i18n.text import Lang, Text

_FOLDER = Path(__file__).parent / "messages"


class UnknownMessage(KeyError):
    """A message key that no catalogue file holds: a programming error, found by the tests."""


def _flatten(prefix: str, table: dict[str, object]) -> Iterator[tuple[str, Text]]:
    if isinstance(table.get("zh"), str) and isinstance(table.get("en"), str):
        yield prefix, Text(zh=str(table["zh"]), en=str(table["en"]))
        return
    for name, inner in table.items():
        if not isinstance(inner, dict):
            raise ValueError(f"catalogue: {prefix}.{name} is not a pair of zh and en")
        yield from _flatten(f"{prefix}.{name}", inner)


@cache
def _catalogue() -> dict[str, Text]:
    messages: dict[str, Text] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        for key, text in _flatten(path.stem, tomllib.loads(path.read_text("utf-8"))):
            messages[key] = text
    return messages


def catalogue_keys() -> frozenset[str]:
    """All message keys, for tests and for the documentation."""
    return frozenset(_catalogue())


def tr(key: str, lang: Lang, /, **values: object) -> str:
    """Return the sentence `key` in `lang`, with `{name}` places filled from `values`.

    Parameters
    ----------
    key : file stem, a dot, table name: ``"map.title"`` is table ``[title]`` of ``messages/map.toml``.
    lang : ``"zh"`` or ``"en"``.
    values : what the sentence's places are filled with.

    Raises
    ------
    UnknownMessage : no such key.
    """
    try:
        text = _catalogue()[key].get(lang)
    except KeyError as error:
        raise UnknownMessage(key) from error
    return text.format(**values) if values else text
