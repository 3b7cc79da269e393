"""The house's floors: a package imports only from floors below it."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = {
    "base": 0, "i18n": 0, "data": 0, "layers": 1, "analysis": 2, "access": 2, "store": 3,
    "pipelines": 4, "maps": 4, "web": 5, "pages": 6, "doctor": 7, "app": 8, "cli": 9,
}  # fmt: skip
SAME_FLOOR_ALLOWED = {("base", "i18n"), ("i18n", "base")}
"""`base.errors` takes its sentences from the catalogue."""


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found & FLOOR.keys()


def _modules() -> list[Path]:
    packages = [p for name in FLOOR for p in (ROOT / name).rglob("*.py")]
    return packages + [ROOT / f"{name}.py" for name in FLOOR if (ROOT / f"{name}.py").exists()]


def test_imports_go_down() -> None:
    upward = []
    for path in _modules():
        room = path.relative_to(ROOT).parts[0].removesuffix(".py")
        upward += [
            (str(path.relative_to(ROOT)), other)
            for other in _imports(path) - {room}
            if FLOOR[other] >= FLOOR[room] and (room, other) not in SAME_FLOOR_ALLOWED
        ]
    assert upward == []
