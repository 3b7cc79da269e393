"""The command line ``xiangtu``: up, demo, import, check, indicators, propose, briefing, parcels, user,
audit, migrate, doctor.

What only one command needs is imported there, so that the others start quickly.
"""

import datetime as dt
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

import layers
from base.errors import XiangtuError
from base.journal import start_journal
from base.settings import settings
from i18n import LANGUAGES, tr
from pipelines.import_ import ImportOptions, check_file, import_file, report_text
from store.batches import fail_abandoned
from store.embedded import Cluster
from store.engine import create_database, is_away, owner
from store.errors import DatabaseAway
from store.migrate import upgrade

RasterName = StrEnum("RasterName", [(kind.name, kind.value) for kind in layers.RasterKind])
"""Kinds of rasters, in a form that the command line can read."""

Language = StrEnum("Language", [(lang, lang) for lang in LANGUAGES])
"""Languages of files, in a form that the command line can read."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="乡图 Xiangtu",
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
)
console = Console()


@contextmanager
def _store() -> Iterator[sa.Engine]:
    """The migrated database for the length of a command."""
    chosen = settings()
    with ExitStack() as stack:
        if chosen.database_url is None:
            create_database(stack.enter_context(Cluster(chosen.data_dir).in_use()))
        stack.callback(owner().dispose)
        upgrade(owner())
        fail_abandoned(owner())
        yield owner()


def _progress() -> Progress:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Progress(*columns, console=console)


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="Load the demo city if the database is empty.")] = True,
    counties: Annotated[str, typer.Option(help="Demo counties only, 6-digit codes with commas.")] = "",
) -> None:
    """Start everything: database, migrations, demo city if empty, server; prints the address."""
    from app import app as application
    from doctor import require_free_port
    from pipelines import demo as demo_city

    chosen = settings()
    require_free_port(chosen)
    with _store() as source:
        if demo and demo_city.wanted(source):
            _load_demo(source, counties=counties, villages=None)
        console.print(tr("cli.address", "zh", url=f"http://{chosen.host}:{chosen.port}"), style="bold green")
        # The server raises the signal again when its doors are closed; only then may the cluster stop.
        _end_with(0)
        application.run(config={"server.port": chosen.port, "server.address": chosen.host})


@app.command()
def demo(
    villages: Annotated[
        int | None, typer.Option(help="Number of villages, e.g. 26000 for a province.")
    ] = None,
    counties: Annotated[str, typer.Option(help="Demo counties only, 6-digit codes with commas.")] = "",
) -> None:
    """Generate the demo city's files and import them like a user's."""
    with _store() as source:
        _load_demo(source, counties=counties, villages=villages)


def _load_demo(source: sa.Engine, *, counties: str, villages: int | None) -> None:
    from pipelines import demo as demo_city

    chosen = [code for code in counties.split(",") if code]
    with _progress() as bars:
        task = bars.add_task(tr("cli.demo", "zh"), total=None)

        def step(done: int, total: int | None, what: str) -> None:
            bars.update(task, completed=done, total=total, description=what)

        demo_city.load(source, counties=chosen or None, villages=villages, progress=step)


@app.command(name="import")
def import_command(
    path: Path,
    feature: Annotated[str, typer.Argument(help="Feature type, for instance houses.")],
    crs: Annotated[str | None, typer.Option(help="EPSG:4526, GCJ02, BD09 …; guessed if not given.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Text encoding; found out if not given.")] = None,
    handed_by: Annotated[str | None, typer.Option(help="Department that handed the file in.")] = None,
) -> None:
    """Import a file into a layer; prints what was accepted, repaired and rejected."""
    options = ImportOptions(crs=crs, encoding=encoding, handed_by=handed_by)
    with _store() as source:
        console.print(
            report_text(import_file(source, path, layers.feature_type(feature), options), "zh"),
            markup=False,
            highlight=False,
        )


@app.command()
def raster(
    kind: Annotated[RasterName, typer.Argument(help="What it holds.")],
    path: Path,
    crs: Annotated[str | None, typer.Option(help="EPSG:4547 …; as the file says if not given.")] = None,
    nodata: Annotated[float | None, typer.Option(help="Value of cells without data.")] = None,
    as_of: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day that it describes.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="Department that handed the file in.")] = None,
) -> None:
    """Load a GeoTIFF of elevation or population, which replaces the one in use."""
    from pipelines.rasters import RasterOptions, load_raster

    day = as_of.date() if as_of else None
    options = RasterOptions(crs=crs, nodata=nodata, as_of=day, handed_by=by)
    with _store() as source:
        loaded = load_raster(source, path, layers.RasterKind.of(kind.value), options)
        for sentence in loaded.sentences("zh"):
            console.print(sentence, markup=False, highlight=False)


@app.command()
def check(path: Path, feature: str, crs: str | None = None, encoding: str | None = None) -> None:
    """Say what an import would do, without writing anything."""
    options = ImportOptions(crs=crs, encoding=encoding)
    with _store() as source:
        console.print(
            report_text(check_file(source, path, layers.feature_type(feature), options), "zh"),
            markup=False,
            highlight=False,
        )


@app.command()
def indicators(
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the snapshot; today if not given."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Replace the figures of a past day.")] = False,
    touched: Annotated[
        bool, typer.Option("--touched", help="Only what changes since the day's last run can have changed.")
    ] = False,
) -> None:
    """Compute all indicators and store them as the snapshot of a day."""
    from pipelines import indicators as indicator_runs

    day = as_of.date() if as_of else indicator_runs.today()
    with _store() as source, _progress() as bars:
        task = bars.add_task(tr("cli.indicators", "zh"), total=None)
        report = indicator_runs.run(
            source,
            as_of=day,
            again=again,
            only_touched=touched,
            progress=lambda done, total: bars.update(task, completed=done, total=total),
        )
    key = "recompute.whole" if report.whole else "recompute.touched"
    told = {"villages": report.villages, "rows": report.rows, "seconds": f"{report.seconds:.2f}"}
    console.print(tr(key, "zh", **told))


@app.command()
def propose(
    need: Annotated[
        list[str] | None, typer.Option(help="road, water, mobile_4g, mobile_5g or housing; all if not given.")
    ] = None,
    county: Annotated[list[str] | None, typer.Option(help="6-digit code; all counties if not given.")] = None,
) -> None:
    """Propose candidate projects and store them; what people drew, edited or withdrew stays."""
    from layers.codes import Need
    from pipelines import planning

    unknown = sorted(set(need or ()) - set(Need))
    if unknown:
        raise typer.BadParameter(
            tr("planning.cli_unknown_need", "zh", need=", ".join(unknown), known=", ".join(Need))
        )
    with _store() as source:
        with _progress() as bars:
            task = bars.add_task(tr("planning.cli_propose", "zh"), total=None)
            found = planning.propose(
                source,
                needs=[Need.of(one) for one in need or Need],
                counties=[code.ljust(12, "0") for code in county] if county else None,
                progress=lambda done, total: bars.update(task, completed=done, total=total),
            )
        with source.begin() as connection:
            runs = planning.keep(connection, found, tr("import.by_command", "zh"), as_owner=True)
    for run in runs:
        console.print(
            tr(
                "planning.cli_proposed",
                "zh",
                county=run.admin_code[:6],
                need=run.need.text.zh,
                number=run.proposed,
                without=len(run.without),
            )
        )


@app.command()
def briefing(
    place: Annotated[str, typer.Argument(help="12-digit code; the city if not given.")] = "",
    all_townships: Annotated[
        bool, typer.Option("--all-townships", help="Of every town and street in it, instead of its own.")
    ] = False,
    month: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m"], help="The newest that there are data of if not given."),
    ] = None,
    language: Annotated[Language, typer.Option(help="Language of the files.")] = Language.zh,
    formats: Annotated[str, typer.Option(help="pdf, docx, pptx; several with commas.")] = "pdf",
    out: Annotated[Path, typer.Option(help="Folder of the files; made if it is missing.")] = Path(
        "briefings"
    ),
) -> None:
    """Write progress briefings; a place that fails is named and does not stop the others, exit code 1."""
    from maps.theme_picture import theme_picture
    from pipelines import briefing as briefings
    from pipelines.indicators import today

    unknown = [name for name in formats.split(",") if name not in set(briefings.Format)]
    if unknown:
        known = ", ".join(briefings.Format)
        raise typer.BadParameter(tr("briefing.cli.bad_format", "zh", format=unknown[0], known=known))
    kinds = [briefings.Format(name) for name in formats.split(",")]
    code, begun = place or settings().city_code, time.perf_counter()
    done, files, failed = 0, 0, 0
    with _store() as source, _progress() as bars, source.connect() as connection:
        task = bars.add_task(tr("briefing.cli.writing", "zh"), total=None)
        held = briefings.gather(
            connection,
            code,
            month.date() if month else None,
            today=today(),
            deepest=layers.AdminLevel.VILLAGE if all_townships else None,
        )
        places = briefings.townships(held) if all_townships else [held.places[code]]
        bars.update(task, total=len(places))

        def tell(one: str) -> briefings.Briefing:
            return briefings.briefing(held, one, language.value, theme_picture, dt.datetime.now(dt.UTC))

        for written in briefings.write_all(places, tell, kinds, out):
            bars.update(task, advance=1, description=written.place)
            done, files, failed = (
                done + (not written.failure),
                files + len(written.paths),
                failed + bool(written.failure),
            )
            if written.failure:
                told = {"place": written.place, "code": written.admin_code, "why": written.failure}
                sentence = tr("briefing.cli.failed", "zh", **told)
                console.print(f"✗ {sentence}", style="bold red", markup=False, soft_wrap=True)
    seconds = f"{time.perf_counter() - begun:.1f}"
    told = {"done": done, "files": files, "failed": failed, "folder": out, "seconds": seconds}
    console.print(tr("briefing.cli.done", "zh", **told), markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1 if failed else 0)


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this program."""
    with _store() as source:
        console.print(tr("cli.migrated", "zh", revision=upgrade(source)))


@app.command()
def layer_migration(layer: str) -> None:
    """Write the migration that creates the tables of a new layer."""
    from store.migration_file import write_migration

    console.print(str(write_migration(layers.layer(layer))))


quotas = typer.Typer(no_args_is_help=True, help="The ledger of construction-land quota.")
app.add_typer(quotas, name="quota")
users = typer.Typer(no_args_is_help=True, help="People who may sign in.")
app.add_typer(users, name="user")
parcels = typer.Typer(no_args_is_help=True, help="Parcels of the land bureau.")
app.add_typer(parcels, name="parcels")
audits = typer.Typer(no_args_is_help=True, help="The record of what was done.")
app.add_typer(audits, name="audit")


@quotas.command(name="open")
def quota_open(
    county: Annotated[str, typer.Option(help="6-digit code; all counties if not given.")] = "",
) -> None:
    """Open the ledger with the imported plan figures, or post what changed in them; says what it posted and found."""
    from pipelines.land.opening import open_ledger

    with _store() as source:
        report = open_ledger(source, prefix=county)
    told = [one.sentence("zh") for one in report.postings]
    if report.unchanged:
        told.append(tr("quota.opening.unchanged", "zh", number=len(report.unchanged)))
    told += [f"✗ {one.sentence('zh')}" for one in report.findings]
    for sentence in told or [tr("quota.opening.no_figures", "zh")]:
        console.print(sentence, markup=False, highlight=False, soft_wrap=True)


@quotas.command(name="saved")
def quota_saved(
    county: Annotated[str, typer.Option(help="6-digit code; all counties if not given.")] = "",
) -> None:
    """Post the savings of consolidation projects that were accepted before the ledger began; a second run adds none."""
    from pipelines.land.saved_opening import open_savings

    with _store() as source:
        opened = open_savings(source, by=tr("import.by_command", "zh"), prefixes=(county,))
    told = {
        "projects": opened.projects,
        "saved": f"{opened.saved_mu:,.2f}",
        "farmland": f"{opened.new_farmland_mu:,.2f}",
        "used": f"{opened.used_mu:,.2f}",
    }
    console.print(tr("consolidation.opened", "zh", **told), markup=False, highlight=False, soft_wrap=True)
    for project_no, sentence in opened.refused:
        console.print(f"✗ {project_no} {sentence}", markup=False, highlight=False, soft_wrap=True)


@app.command()
def farmland(
    before: Annotated[
        int | None, typer.Argument(help="Year of the earlier edition; the last but one if not given.")
    ] = None,
    after: Annotated[
        int | None, typer.Argument(help="Year of the later edition; the last if not given.")
    ] = None,
    rasters: Annotated[bool, typer.Option("--rasters", help="Compare the two land-cover rasters.")] = False,
    county: Annotated[list[str] | None, typer.Option(help="6-digit code; all counties if not given.")] = None,
    sliver_m2: Annotated[float, typer.Option(help="Pieces below this area are slivers, m².")] = 200.0,
    sliver_width_m: Annotated[float, typer.Option(help="Pieces below this mean width are slivers, m.")] = 2.0,
) -> None:
    """List what is farmland no more between two editions; what was said of pieces found again stays."""
    from analysis.farmland_change import Tolerance
    from pipelines.land import farmland as watch

    counties = [code.ljust(12, "0") for code in county] if county else None
    tolerance = Tolerance(sliver_m2, sliver_width_m)
    by = tr("import.by_command", "zh")
    with _store() as source, _progress() as bars:
        task = bars.add_task(tr("farmland.cli_watching", "zh"), total=None)

        def step(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total)

        if rasters:
            found = watch.watch_rasters(source, counties=counties, tolerance=tolerance, by=by, progress=step)
        else:
            first, last = watch.latest_editions(source, before, after)
            found = watch.watch_patches(
                source, first, last, counties=counties, tolerance=tolerance, by=by, progress=step
            )
    for one in found:
        told = {
            "county": one.admin_code[:6],
            "pieces": one.stored.added + one.stored.again,
            "again": one.stored.again,
            "non_farm": f"{one.balance.non_farm_m2 * 15 / 10_000:,.2f}",
            "non_grain": f"{one.balance.non_grain_m2 * 15 / 10_000:,.2f}",
        }
        console.print(tr("farmland.cli_found", "zh", **told), markup=False, highlight=False, soft_wrap=True)


@users.command(name="add")
def user_add(
    name: str,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="role@code, for instance clerk@441881103; repeatable.")
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="An administrator; shuts the demo's doors.")] = False,
    shown: Annotated[str, typer.Option("--shown", help="The name as pages show it.")] = "",
) -> None:
    """Make an account; prints its first password, which is changed at the first sign-in."""
    from store import accounts

    asked = [*(role or []), *([f"admin@{settings().city_code[:4]}"] if admin else [])]
    with _store() as source, source.begin() as connection:
        held = accounts.parse_assignments(asked)
        by = tr("import.by_command", "zh")
        password = accounts.add(connection, name, shown or name, held, by=by)
        console.print(tr("cli.user_added", "zh", name=name, password=password), markup=False, highlight=False)


@users.command(name="list")
def user_list() -> None:
    """All accounts with their roles."""
    from store import accounts

    with _store() as source, source.connect() as connection:
        for found in accounts.all_accounts(connection):
            held = " ".join(map(str, found.assignments))
            off = tr("cli.user_disabled", "zh") if found.disabled else ""
            console.print(f"{found.name}\t{found.display_name}\t{held}\t{off}", markup=False, highlight=False)


@users.command(name="link")
def user_link(name: str, subject: str) -> None:
    """Let an account be signed in to by a city's identity provider."""
    from store import accounts, subjects

    with _store() as source, source.begin() as connection:
        subjects.link(connection, accounts.named(connection, name).id, subject)


@parcels.command(name="check")
def parcels_check(
    number: Annotated[
        list[str] | None, typer.Argument(help="Parcel numbers; all that are due if none.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All parcels, whether they are due or not.")] = False,
) -> None:
    """Check parcels against farmland, red lines, boundaries, hazards and each other; lists what is new."""
    from pipelines.land.check import check_parcels, recheck_changed
    from store import record

    by = tr("import.by_command", "zh")
    with _store() as source:
        report = check_parcels(source, number) if number or every else recheck_changed(source)
        with source.begin() as connection:
            done = {"checked": report.checked, "newly": len(report.newly)}
            record.note_for(connection, None, by, "parcels_checked", "land_parcels", after=done)
    for sentence in report.sentences("zh"):
        console.print(sentence, markup=False, highlight=False)


@audits.command(name="verify")
def audit_verify() -> None:
    """Go through the whole record and name each entry that was removed, altered or put in."""
    from store import record

    with _store() as source, source.connect() as connection:
        flaws = list(record.verify(connection))
        for flaw in flaws:
            told = tr(f"cli.flaw.{flaw.kind}", "zh", entry=flaw.entry)
            console.print(f"✗ {told}", style="bold red", markup=False)
        if not flaws:
            record.mark(connection)
            console.print(tr("cli.record_whole", "zh"))
    raise typer.Exit(1 if flaws else 0)


@app.command()
def doctor() -> None:
    """Say in plain words what is wrong on this machine and how to mend it."""
    from doctor import examine

    findings = examine(settings())
    for finding in findings:
        console.print(
            ("✓ " if finding.fine else "✗ ") + finding.sentence("zh"),
            style="" if finding.fine else "bold red",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
    raise typer.Exit(0 if all(finding.fine for finding in findings) else 1)


def main() -> None:
    """Entry point: errors that a person can mend are told in a sentence, with exit code 1."""
    _end_with(128 + signal.SIGTERM)
    try:
        start_journal(settings())
        app()
    except (XiangtuError, sa.exc.SQLAlchemyError, ValidationError) as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        Console(stderr=True).print(f"✗ {sentence}", style="bold red", markup=False, soft_wrap=True)
        raise SystemExit(1) from error


def _end_with(code: int) -> None:
    """End on SIGTERM as on an error: what is under way is rolled back and the cluster is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(code))


def _sentence(error: Exception) -> str | None:
    """What a person is told of an error; None if nobody but a programmer can mend it."""
    if isinstance(error, ValidationError):
        wrong = error.errors()[0]
        name = str(wrong["loc"][0]).upper()
        known = name if name.endswith("DATABASE_URL") else f"XIANGTU_{name}"
        return tr("doctor.setting_bad", "zh", name=known, value=wrong["input"], detail=wrong["msg"])
    if isinstance(error, XiangtuError):
        return str(error)
    return str(DatabaseAway()) if is_away(error) else None


if __name__ == "__main__":
    main()
