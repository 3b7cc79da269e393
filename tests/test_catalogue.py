"""The catalogue and the code agree: every sentence asked for exists, every sentence kept is asked for."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from base.errors import XiangtuError
from i18n import catalogue_keys, tr

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("base", "i18n", "layers", "analysis", "store", "access", "pipelines", "maps", "web", "pages")
_HOLE = "[a-z0-9_]+"
_KEY = re.compile(r"^[a-z]+(\.[a-z0-9_]+)+$")
_FIRST_ARGUMENT_IS_A_KEY = {"tr", "refusal"}


def _modules() -> list[Path]:
    found = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return [*found, ROOT / "app.py", ROOT / "cli.py", ROOT / "doctor.py"]


@cache
def _trees() -> list[tuple[str, ast.Module]]:
    return [(str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))) for path in _modules()]


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _constants(node: ast.expr) -> Iterator[str]:
    """Keys written out in an argument, also in both arms of a conditional."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)


def _pattern(node: ast.JoinedStr) -> str:
    parts = (re.escape(str(p.value)) if isinstance(p, ast.Constant) else _HOLE for p in node.values)
    return "".join(parts)


@cache
def _asked() -> list[tuple[str, str]]:
    return list(_written_keys())


@cache
def _patterns() -> list[tuple[str, str]]:
    return list(_written_patterns())


def _written_keys() -> Iterator[tuple[str, str]]:
    """Module and key of every key that is written out: arguments of `tr`, and `key` of error classes."""
    for module, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node) in _FIRST_ARGUMENT_IS_A_KEY and node.args:
                for key in _constants(node.args[0]):
                    yield module, key
            elif isinstance(node, ast.ClassDef):
                for line in node.body:
                    if isinstance(line, ast.Assign) and [ast.unparse(t) for t in line.targets] == ["key"]:
                        yield from ((module, key) for key in _constants(line.value))


def _written_patterns() -> Iterator[tuple[str, str]]:
    """Module and pattern of every key put together by an f-string: arguments of `tr`, and `self.key = …`."""
    for module, tree in _trees():
        for node in ast.walk(tree):
            made: ast.expr | None = None
            if isinstance(node, ast.Call) and _name(node) in _FIRST_ARGUMENT_IS_A_KEY and node.args:
                made = node.args[0]
            elif isinstance(node, ast.Assign) and [ast.unparse(t) for t in node.targets] == ["self.key"]:
                made = node.value
            if isinstance(made, ast.JoinedStr):
                yield module, _pattern(made)


def _written_out() -> set[str]:
    """Every string of the code that has the form of a key, for keys that travel through variables."""
    return {
        node.value
        for _, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _KEY.match(node.value)
    }


def _places(sentence: str) -> set[str]:
    return {place.split(".")[0] for _, place, _, _ in string.Formatter().parse(sentence) if place is not None}


def _errors(root: type[XiangtuError]) -> Iterator[type[XiangtuError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _errors(kind)


def test_the_scan_sees_the_code() -> None:
    assert len(_asked()) > 200
    assert len(_patterns()) > 20


def test_every_key_asked_for_exists() -> None:
    lost = sorted({(module, key) for module, key in _asked() if key not in catalogue_keys()})
    assert lost == []


def test_every_pattern_finds_a_key() -> None:
    lost = [(m, p) for m, p in _patterns() if not any(re.fullmatch(p, key) for key in catalogue_keys())]
    assert lost == []


def test_no_sentence_is_idle() -> None:
    used = {key for _, key in _asked()} | _written_out()
    patterns = [re.compile(pattern) for _, pattern in _patterns()]
    idle = [k for k in catalogue_keys() if k not in used and not any(p.fullmatch(k) for p in patterns)]
    assert sorted(idle) == []


def test_both_languages_have_words_and_the_same_places() -> None:
    said = {key: (tr(key, "zh"), tr(key, "en")) for key in catalogue_keys()}
    assert [key for key, (zh, en) in said.items() if not (zh.strip() and en.strip())] == []
    assert [key for key, (zh, en) in said.items() if _places(zh) != _places(en)] == []


def test_values_fill_the_places_of_the_key() -> None:
    """Where a call names its values, they are those that the sentence has."""
    wrong = []
    for module, tree in _trees():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and _name(node) == "tr" and node.args):
                continue
            given = {word.arg for word in node.keywords}
            if None in given:
                continue
            for key in _constants(node.args[0]):
                if key in catalogue_keys() and _places(tr(key, "zh")) != given:
                    wrong.append((module, key, sorted(map(str, given)), sorted(_places(tr(key, "zh")))))
    assert wrong == []


def test_every_refusal_and_finding_has_its_sentence() -> None:
    from pipelines.import_.errors import Refusal
    from pipelines.import_.findings import Check

    needed = {f"import.refused.{r}" for r in Refusal} | {f"import.finding.{c}" for c in Check}
    kept = {k for k in catalogue_keys() if k.startswith(("import.refused.", "import.finding."))}
    assert needed == kept


def test_every_error_has_its_sentence() -> None:
    import app
    import cli

    assert app and cli, "importing them brings every room in"
    lost = [kind.__name__ for kind in _errors(XiangtuError) if kind.key not in catalogue_keys()]
    assert lost == []
