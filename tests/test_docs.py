"""The documents say what the program does: settings, links, commands, the README's first lines."""

import re
from pathlib import Path

import pytest

from base.settings_table import settings_markdown
from cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
_COMMAND = re.compile(r"\bxiangtu ([a-z][a-z-]*)")
_PATH = re.compile(r"`([a-z_]+(?:/[\w.]+)*/[\w.]+\.(?:py|sql|js|toml|md))`")


def _names(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_settings_page_is_the_settings() -> None:
    assert (ROOT / "docs" / "settings.md").read_text("utf-8") == settings_markdown()


def test_readme_opens_with_the_two_commands() -> None:
    opening = "\n".join((ROOT / "README.md").read_text("utf-8").splitlines()[:15])
    assert "./run" in opening
    assert "./test" in opening


@pytest.mark.parametrize("document", DOCUMENTS, ids=_names)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [t for t in _LINK.findall(document.read_text("utf-8")) if "://" not in t]
    lost = [t for t in targets if not (document.parent / t).exists()]
    assert lost == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_names)
def test_files_named_exist(document: Path) -> None:
    named = _PATH.findall(document.read_text("utf-8"))
    lost = [n for n in named if not (ROOT / n).exists() and n not in _EXAMPLES.get(document.name, ())]
    assert lost == []


_EXAMPLES = {"layers.md": ("layers/street_lights.py", "store/migrations/versions/0010_street_lights.py")}
"""Files of a worked example, which are not there."""


@pytest.mark.parametrize("document", DOCUMENTS, ids=_names)
def test_commands_named_exist(document: Path) -> None:
    known = {
        command.name or command.callback.__name__.replace("_", "-")
        for command in app.registered_commands
        if command.callback is not None
    } | {str(group.name) for group in app.registered_groups}
    assert set(_COMMAND.findall(document.read_text("utf-8"))) <= known
