"""What the demo's files are, in which order they are imported, and which problems were planted in them."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

MANIFEST_FILE = "manifest.json"


class Outcome(StrEnum):
    """What an import should do about a planted problem."""

    UNDERSTOOD = "understood"
    """Read as meant, without a line in the report."""
    REPAIRED = "repaired"
    WARNED = "warned"
    """The row is kept, the value left out, a line says so."""
    REJECTED = "rejected"


@dataclass(frozen=True)
class Planted:
    """One kind of problem in a file.

    Attributes
    ----------
    kind : what was done, for instance ``full_width_grade``.
    outcome : what should become of each.
    rule : id of the import's check or of the layer's rule that should find it; None if understood.
    count : rows with it. No row has two problems.
    """

    kind: str
    outcome: Outcome
    rule: str | None
    count: int


@dataclass(frozen=True)
class DemoFile:
    """One file that a department hands over.

    Attributes
    ----------
    path : relative to the folder of the manifest.
    feature : id of the feature type that it is imported as.
    order : files are imported in this order.
    handed_by : the department.
    crs, encoding, layer : what the person states in the import form; None where it is left to be found out.
    rows : rows of data in the file.
    planted : problems in it.
    unreported : codes of units that should be in the file and are not.
    """

    path: str
    feature: str
    order: int
    handed_by: str
    crs: str | None
    encoding: str | None
    layer: str | None
    rows: int
    planted: tuple[Planted, ...] = ()
    unreported: tuple[str, ...] = ()

    def planted_count(self, outcome: Outcome) -> int:
        """Rows whose problem should come out that way."""
        return sum(p.count for p in self.planted if p.outcome is outcome)


@dataclass(frozen=True)
class EarlierFile:
    """An earlier edition of a file, handed in after the register and before the newest files, in order of days.

    Attributes
    ----------
    as_of : the day that it describes.
    path, feature, handed_by, rows : as in `DemoFile`; nothing is wrong with it.
    """

    as_of: dt.date
    path: str
    feature: str
    handed_by: str
    rows: int


@dataclass(frozen=True)
class Manifest:
    """All files of a demo city.

    Attributes
    ----------
    counties : six-digit prefixes generated.
    villages : number of villages generated.
    as_of : the day that the made-up data describe.
    elevation, population, land_cover_before, land_cover_after : paths of the rasters, relative to the folder.
    """

    seed: int
    counties: tuple[str, ...]
    villages: int
    as_of: dt.date
    elevation: str
    population: str
    land_cover_before: str
    land_cover_after: str
    files: tuple[DemoFile, ...] = field(default_factory=tuple)
    earlier: tuple[EarlierFile, ...] = ()
    synthetic: bool = True

    def write(self, folder: Path) -> None:
        """Write ``manifest.json`` into the folder."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, default=dt.date.isoformat)
        (folder / MANIFEST_FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a folder.

        Raises
        ------
        FileNotFoundError : there is none.
        """
        plain = json.loads((folder / MANIFEST_FILE).read_text(encoding="utf-8"))
        files = tuple(_file(entry) for entry in plain["files"])
        earlier = (e | {"as_of": dt.date.fromisoformat(e["as_of"])} for e in plain["earlier"])
        plain |= {
            "files": files,
            "earlier": tuple(EarlierFile(**entry) for entry in earlier),
            "counties": tuple(plain["counties"]),
            "as_of": dt.date.fromisoformat(plain["as_of"]),
        }
        return cls(**plain)


def _file(entry: dict) -> DemoFile:
    planted = tuple(Planted(**(p | {"outcome": Outcome(p["outcome"])})) for p in entry["planted"])
    return DemoFile(**(entry | {"planted": planted, "unreported": tuple(entry["unreported"])}))
