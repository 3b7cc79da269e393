"""Which source column is which field: titles before aliases, one column for one field, always alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from layers import FeatureType, Field, Geometry
from pipelines.import_.folding import heading_key, split_slashed_unit, split_unit

_SHORTEST_CUT = 4
"""A heading that dBase cut is matched by its beginning only if that many characters are left."""


class Role(StrEnum):
    """Columns that every file may have beside the declared fields."""

    CODE = "admin_code"
    COUNTY = "county_name"
    TOWNSHIP = "township_name"
    VILLAGE = "village_name"
    X = "x"
    Y = "y"


_ROLE_HEADINGS: dict[Role, tuple[str, ...]] = {
    Role.CODE: (
        "admin_code", "行政区划代码", "区划代码", "统计用区划代码", "行政代码", "区划编码", "行政区代码",
        "行政村代码",
        "村代码", "村级代码", "乡镇代码", "所属区划代码", "所在村代码", "12位代码", "XZQDM", "XZQHDM", "QHDM",
        "XZCDM",
        "admin code", "division code",
    ),
    Role.COUNTY: (
        "县(市、区)", "县市区", "县区", "区县", "市县区", "县", "县名", "县区名称", "所属县", "所属县区",
        "所在县", "所在县区",
        "县级", "县名称", "XQMC", "XMC", "county",
    ),
    Role.TOWNSHIP: (
        "乡镇", "镇", "镇街", "镇(街)", "镇乡", "乡镇街道", "乡镇(街道)", "镇(街道)", "镇名", "乡镇名称",
        "镇名称", "镇街名称",
        "所属乡镇", "所在乡镇", "所属镇", "所在镇", "所属镇街", "XZMC", "ZMC", "township", "town",
    ),
    Role.VILLAGE: (
        "行政村", "村", "村名", "村名称", "行政村名称", "村委会", "村(社区)", "行政村(社区)", "村社区",
        "村居", "村(居)", "村(居)委会",
        "村委", "所属村", "所在村", "所属行政村", "所在行政村", "CMC", "XZCMC", "village",
    ),
    Role.X: (
        "经度", "东经", "lon", "lng", "long", "longitude", "x", "x坐标", "坐标x", "横坐标", "经度坐标",
        "point_x", "JD",
        "经度E", "中心经度",
    ),
    Role.Y: (
        "纬度", "北纬", "lat", "latitude", "y", "y坐标", "坐标y", "纵坐标", "纬度坐标", "point_y", "WD",
        "纬度N", "中心纬度",
    ),
}  # fmt: skip


class _Rank(IntEnum):
    """How good a match is; the smaller the better."""

    TITLE = 0
    TITLE_WITHOUT_UNIT = 1
    ALIAS = 2
    ALIAS_WITHOUT_UNIT = 3
    CUT = 4


@dataclass(frozen=True)
class MatchedColumn:
    """A source column and what it is: a declared field's name or a `Role`; with its stated unit."""

    column: int
    heading: str
    target: str
    unit: str | None


@dataclass(frozen=True)
class HeadingMap:
    """The mapping of a file's headings.

    Attributes
    ----------
    matched : columns in use.
    unmatched : headings of columns that nothing asks for.
    twice : headings that name a field which a better or earlier column has already, with that field.
    missing : declared fields without a column.
    """

    matched: tuple[MatchedColumn, ...]
    unmatched: tuple[str, ...]
    twice: tuple[tuple[str, str], ...]
    missing: tuple[Field, ...]

    def of(self, target: str) -> MatchedColumn | None:
        """The column of a field or role."""
        return next((m for m in self.matched if m.target == target), None)


@dataclass(frozen=True)
class _Claim:
    rank: _Rank
    column: int
    order: int
    target: str
    unit: str | None


def vocabulary(feature: FeatureType) -> frozenset[str]:
    """Folded headings that a file of this feature type may have."""
    keys = set()
    for _, titles, aliases in _targets(feature):
        keys |= {heading_key(h) for h in (*titles, *aliases)}
    return frozenset(keys - {""})


def match(
    headings: Sequence[str], units: Sequence[str | None], feature: FeatureType, *, cut: bool
) -> HeadingMap:
    """Match the headings of a file with the fields of a feature type.

    Parameters
    ----------
    headings, units : as read, one for each column.
    cut : headings are cut at 10 bytes, as dBase does.
    """
    claims = sorted(_claims(headings, units, feature, cut=cut), key=lambda c: (c.rank, c.column, c.order))
    taken: dict[int, MatchedColumn] = {}
    targets: set[str] = set()
    for claim in claims:
        if claim.column in taken or claim.target in targets:
            continue
        taken[claim.column] = MatchedColumn(claim.column, headings[claim.column], claim.target, claim.unit)
        targets.add(claim.target)
    twice, unmatched = [], []
    for column, heading in enumerate(headings):
        if column in taken or not heading.strip():
            continue
        wanted = next((c.target for c in claims if c.column == column), None)
        if wanted is None:
            unmatched.append(heading)
        else:
            twice.append((heading, wanted))
    return HeadingMap(
        matched=tuple(taken[column] for column in sorted(taken)),
        unmatched=tuple(unmatched),
        twice=tuple(twice),
        missing=tuple(f for f in feature.fields if f.name not in targets),
    )


def _targets(feature: FeatureType) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Targets with their titles and aliases; fields come before roles, so that they win a tie."""
    for field in feature.fields:
        yield field.name, (field.name, field.title.zh, field.title.en), field.headings
    for role, names in _ROLE_HEADINGS.items():
        if role in (Role.X, Role.Y) and feature.geometry is not Geometry.POINT:
            continue
        if role in (Role.COUNTY, Role.TOWNSHIP, Role.VILLAGE) and feature.id == "admin_units":
            continue
        yield role, names[:1], names[1:]


def _claims(
    headings: Sequence[str], units: Sequence[str | None], feature: FeatureType, *, cut: bool
) -> Iterator[_Claim]:
    """Every way in which a column could be a field."""
    targets = [
        (name, {heading_key(t) for t in titles}, {heading_key(a) for a in aliases})
        for name, titles, aliases in _targets(feature)
    ]
    for column, heading in enumerate(headings):
        whole = heading_key(heading)
        if not whole:
            continue
        stem, bracketed = split_unit(heading)
        slashed = split_slashed_unit(heading)
        stems = {heading_key(stem): bracketed} if bracketed else {}
        if slashed:
            stems.setdefault(heading_key(slashed[0]), slashed[1])
        for order, (name, titles, aliases) in enumerate(targets):
            unit = units[column]
            if whole in titles:
                yield _Claim(_Rank.TITLE, column, order, name, unit)
            if whole in aliases:
                yield _Claim(_Rank.ALIAS, column, order, name, unit)
            for key, stated in stems.items():
                if key in titles:
                    yield _Claim(_Rank.TITLE_WITHOUT_UNIT, column, order, name, unit or stated)
                if key in aliases:
                    yield _Claim(_Rank.ALIAS_WITHOUT_UNIT, column, order, name, unit or stated)
            if cut and _is_cut(heading) and _begins_one(whole, titles | aliases):
                yield _Claim(_Rank.CUT, column, order, name, unit)


def _is_cut(heading: str) -> bool:
    """Whether a heading is as long as dBase allows, in one of the encodings in use."""
    return len(heading.encode("gb18030")) >= 9 or len(heading.encode("utf-8")) >= 9


def _begins_one(key: str, names: set[str]) -> bool:
    shortest = _SHORTEST_CUT if key.isascii() else _SHORTEST_CUT - 1
    return len(key) >= shortest and sum(name.startswith(key) for name in names) == 1
