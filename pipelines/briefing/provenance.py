"""What a briefing rests on, and what it has no data of."""

from zoneinfo import ZoneInfo

from i18n import Lang, tr
from layers import AdminLevel, source_title
from pipelines.briefing import figures
from pipelines.briefing.gather import Gathered, Place, briefed, briefed_layers
from pipelines.briefing.projects import ProjectSums

_ZONE = ZoneInfo("Asia/Shanghai")
_NAMED = 6
_DIGEST = 8


def notice(gathered: Gathered, sums: ProjectSums, lang: Lang) -> str:
    """That data are made up, and which; blank where none are."""
    made_up = []
    if any(file.synthetic for file in gathered.computed.files.values()):
        made_up.append(tr("briefing.notice.figures", lang))
    if bool(sums.rows["synthetic"].any()):
        made_up.append(tr("briefing.notice.projects", lang))
    return tr("briefing.notice.whole", lang, what=figures.joined(made_up, lang)) if made_up else ""


def source_lines(gathered: Gathered, here: Place, sums: ProjectSums, lang: Lang) -> tuple[str, ...]:
    """The snapshot, the files behind it by layer, the library."""
    computed = gathered.computed
    at = computed.finished_at.astimezone(_ZONE).strftime("%Y-%m-%d %H:%M")
    program = (computed.program or "—")[:_DIGEST]
    lines = [tr("briefing.source.snapshot", lang, as_of=gathered.as_of.isoformat(), at=at, program=program)]
    if gathered.previous is not None:
        lines.append(tr("briefing.source.previous", lang, as_of=gathered.previous.isoformat()))
    for layer in briefed_layers():
        read = dict.fromkeys(source for one in briefed(layer, here.level) for source in one.sources)
        parts = [_source(gathered, source, lang) for source in read]
        lines.append(
            tr("briefing.source.layer", lang, layer=layer.title.get(lang), parts=figures.joined(parts, lang))
        )
    lines.append(
        tr(
            "briefing.source.projects",
            lang,
            number=sums.number,
            reports=sums.reports,
            until=gathered.until.isoformat(),
        )
    )
    return tuple(lines)


def _source(gathered: Gathered, source: str, lang: Lang) -> str:
    """A feature type with who handed it in, the day it describes, the version of its data."""
    title = source_title(source).get(lang)
    file = gathered.computed.files.get(source)
    if file is None:
        return tr("briefing.source.absent", lang, title=title)
    return tr(
        "briefing.source.file",
        lang,
        title=title,
        by=file.handed_by or file.file_name,
        as_of=file.as_of.isoformat(),
        version=gathered.computed.versions.get(source, 0),
    )


def missing_lines(gathered: Gathered, here: Place, sums: ProjectSums, lang: Lang) -> tuple[str, ...]:
    """Indicators that not all units have data of, with the units; months without a report."""
    lines = []
    for layer in briefed_layers():
        for one in briefed(layer, here.level):
            fact = gathered.fact(here.admin_code, one)
            title = one.title.get(lang)
            if not fact.known:
                lines.append(tr("briefing.missing.none", lang, name=title))
            elif fact.with_data < fact.units:
                lines.append(
                    tr(
                        "briefing.missing.some",
                        lang,
                        name=title,
                        lacking=fact.units - fact.with_data,
                        units=fact.units,
                    )
                    + _which(gathered, here, one.id, lang)
                )
    if gathered.previous is None:
        lines.append(tr("briefing.missing.previous", lang))
    if sums.unreported:
        lines.append(
            tr(
                "briefing.missing.reports",
                lang,
                number=sums.unreported,
                month=f"{gathered.month:%Y-%m}",
            )
        )
    return tuple(lines) or (tr("briefing.missing.nothing", lang),)


def _which(gathered: Gathered, here: Place, indicator_id: str, lang: Lang) -> str:
    """The villages that lack data, where they were read and are not too many to name."""
    end = tr("briefing.fact.whole", lang, parts="")
    if here.level is not AdminLevel.TOWNSHIP:
        return end
    lacking = [
        one.name
        for one in gathered.below(here.prefix, AdminLevel.VILLAGE)
        if gathered.figures.get((one.admin_code, indicator_id), (0, 0, 0, 1, 1))[3] == 0
    ]
    if not lacking:
        return end
    names = figures.joined(lacking[:_NAMED], lang)
    return tr(
        "briefing.missing.and_more" if len(lacking) > _NAMED else "briefing.missing.named", lang, names=names
    )
