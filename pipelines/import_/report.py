"""What became of a file, for people and for pages."""

from dataclasses import dataclass, field

import pandas as pd

from i18n import Lang, Text
from layers import FeatureType, Remedy
from pipelines.import_.crs import NO_CRS, CrsChoice
from pipelines.import_.findings import Finding
from pipelines.import_.headings import HeadingMap, Role
from pipelines.land.check import CheckReport

_COLUMNS = ("row_no", "column_title", "value", "rule", "remedy", "message_zh", "message_en")


@dataclass(frozen=True)
class Counts:
    """Rows by what became of them. In a check nothing is written and the first three are 0."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    read: int = 0
    repaired: int = 0
    rejected: int = 0
    warned: int = 0

    @property
    def accepted(self) -> int:
        """Rows that are (or would be) kept."""
        return self.read - self.rejected


@dataclass(frozen=True)
class ImportReport:
    """The report of an import or a check.

    Attributes
    ----------
    batch_id : None for a check.
    crs : coordinate system used, how it was found, and the sentence that says so.
    headings : source heading to field, unmatched headings, missing fields.
    findings : stored findings; `totals` counts all of them by rule.
    sample : first accepted rows without personal fields; a GeoDataFrame in EPSG:4490 if there is geometry.
    seconds : time by step.
    rechecked : the checks of parcels that the import asked for, None if it asked for none.
    """

    feature: FeatureType
    file_name: str
    headings: HeadingMap
    counts: Counts
    findings: tuple[Finding, ...]
    totals: dict[str, int]
    sample: pd.DataFrame
    batch_id: int | None = None
    crs: CrsChoice = NO_CRS
    encoding: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    rechecked: CheckReport | None = None

    @property
    def mapping(self) -> tuple[tuple[str, Text], ...]:
        """Source headings in use with what they are."""
        return tuple((m.heading, self._target_title(m.target)) for m in self.headings.matched)

    def _target_title(self, target: str) -> Text:
        roles = {
            Role.CODE: Text("区划代码", "division code"),
            Role.COUNTY: Text("县级名称", "county name"),
            Role.TOWNSHIP: Text("乡镇名称", "township name"),
            Role.VILLAGE: Text("行政村名称", "village name"),
            Role.X: Text("经度或东坐标", "longitude or easting"),
            Role.Y: Text("纬度或北坐标", "latitude or northing"),
        }
        if target in set(Role):
            return roles[Role(target)]
        return self.feature.field(target).title

    def plain(self, lang: Lang) -> dict[str, object]:
        """The report as plain values in one language, for a page or JSON."""
        return {
            "batch_id": self.batch_id,
            "feature": self.feature.title.get(lang),
            "file": self.file_name,
            "counts": {**self.counts.__dict__, "accepted": self.counts.accepted},
            "crs": self.crs.label or None,
            "crs_found": self.crs.sentence.get(lang),
            "encoding": self.encoding,
            "mapping": [{"heading": h, "field": t.get(lang)} for h, t in self.mapping],
            "unmatched": list(self.headings.unmatched),
            "missing": [f.title.get(lang) for f in self.headings.missing],
            "findings": [
                {
                    "row": f.row_no,
                    "column": f.column_title,
                    "value": f.value,
                    "remedy": str(f.remedy),
                    "message": f.message.get(lang),
                }
                for f in self.findings
            ],
            "totals": dict(self.totals),
        }

    def by_remedy(self, remedy: Remedy) -> tuple[Finding, ...]:
        """Findings with one remedy."""
        return tuple(f for f in self.findings if f.remedy is remedy)


def findings_frame(findings: tuple[Finding, ...]) -> pd.DataFrame:
    """Findings as the table of findings takes them."""
    rows = [
        (
            f.row_no,
            f.column_title or None,
            f.value or None,
            f.rule,
            str(f.remedy),
            f.message.zh,
            f.message.en,
        )
        for f in findings
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return frame.astype({"row_no": "Int64", **dict.fromkeys(_COLUMNS[1:], "str")})
