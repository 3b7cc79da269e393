"""The report as text for the terminal."""

import io

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from i18n import Lang, tr
from layers import Remedy
from pipelines.import_.findings import Finding
from pipelines.import_.report import ImportReport

_SHOWN = 20
_COLOURS = {Remedy.REJECT: "red", Remedy.WARN: "yellow", Remedy.REPAIR: "cyan"}


def report_text(report: ImportReport, lang: Lang, *, width: int = 110, colour: bool = False) -> str:
    """The report in one language, with the first findings of each kind; ANSI colours if `colour`."""
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False)

    def say(key: str, **values: object) -> str:
        return tr(f"import.report.{key}", lang, **values)

    title = say("title" if report.batch_id is not None else "title_check", file=report.file_name)
    console.print(f"[bold]{escape(title)}[/bold]")
    console.print(escape(say("feature", feature=report.feature.title.get(lang))))
    counts = report.counts
    console.print(
        escape(
            say("counts", read=counts.read, accepted=counts.accepted, repaired=counts.repaired)
            + say("counts_left", rejected=counts.rejected, warned=counts.warned)
        )
    )
    if report.batch_id is not None:
        written = say("written", inserted=counts.inserted, updated=counts.updated, unchanged=counts.unchanged)
        console.print(escape(written))
    if report.crs.label:
        console.print(escape(say("crs", sentence=report.crs.sentence.get(lang))))
    if report.encoding:
        console.print(escape(say("encoding", encoding=report.encoding)))
    console.print(escape(say("mapping") + "; ".join(f"{h} → {t.get(lang)}" for h, t in report.mapping)))
    if report.headings.unmatched:
        console.print(escape(say("unmatched") + "、".join(report.headings.unmatched)))
    if report.headings.missing:
        console.print(escape(say("missing") + "、".join(f.title.get(lang) for f in report.headings.missing)))
    for remedy in (Remedy.REJECT, Remedy.WARN, Remedy.REPAIR):
        _print_findings(console, report.by_remedy(remedy), remedy, lang)
    for sentence in report.rechecked.sentences(lang) if report.rechecked else ():
        console.print(escape(sentence))
    return out.getvalue()


def _print_findings(console: Console, findings: tuple[Finding, ...], remedy: Remedy, lang: Lang) -> None:
    if not findings:
        return

    def say(key: str, **values: object) -> str:
        return tr(f"import.report.{key}", lang, **values)

    table = Table(title=say(str(remedy)), title_justify="left", header_style="bold", style=_COLOURS[remedy])
    for column in ("row", "column", "value", "message"):
        table.add_column(say(column), overflow="fold")
    for finding in findings[:_SHOWN]:
        cells = (
            "" if finding.row_no is None else str(finding.row_no),
            finding.column_title or "",
            finding.value or "",
            finding.message.get(lang),
        )
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)
    if len(findings) > _SHOWN:
        console.print(escape(say("more", count=len(findings) - _SHOWN)))
