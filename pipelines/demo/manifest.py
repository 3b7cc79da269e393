"""What was handed over: the files of the demo city and what is known to be wrong in them."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class HandedFile:
    """One file as a department hands it over, with what the person would state on the form.

    `rejected` counts the rows in which an error was planted that the import must refuse.
    """

    path: Path
    feature_id: str
    handed_by: str
    rows: int
    crs: str | None = None
    rejected: int = 0


@dataclass(frozen=True)
class Manifest:
    """The files in the order in which they are to be imported."""

    seed: int
    files: tuple[HandedFile, ...]

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` beside the files, paths relative to it."""
        listed = [{**asdict(f), "path": f.path.relative_to(folder).as_posix()} for f in self.files]
        content = {"note": "模拟数据 synthetic", "seed": self.seed, "files": listed}
        (folder / "manifest.json").write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")
