"""Loading the demo city: its files go through the import pipeline like anybody's."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa

from base.settings import settings
from layers import feature_type
from pipelines import indicators
from pipelines.demo.generate import generate
from pipelines.demo.manifest import Manifest
from pipelines.import_ import ImportOptions, ImportReport, import_file

AS_OF = dt.date(2025, 6, 30)
"""The day that the demo city describes."""
Progress = Callable[[int, int, str], object]
"""Called with steps done, steps in all, and what is done now."""


def is_empty(engine: sa.Engine) -> bool:
    """Whether the database holds no administrative unit yet."""
    with engine.connect() as connection:
        return connection.scalar(sa.text("SELECT NOT EXISTS (SELECT 1 FROM feature.admin_units)")) is True


def load(
    engine: sa.Engine,
    *,
    counties: Sequence[str] | None = None,
    villages: int | None = None,
    folder: Path | None = None,
    progress: Progress = lambda *_: None,
) -> tuple[Manifest, list[ImportReport]]:
    """Generate the files, import them one after the other, compute the indicators.

    Parameters
    ----------
    folder : where the files are kept; under the data folder if not given.
    """
    progress(0, 1, "生成 generating")
    manifest = generate(
        folder or settings().data_dir / "demo",
        seed=settings().demo_seed,
        counties=counties,
        villages=villages,
        progress=lambda what: progress(0, 1, what),
    )
    return manifest, _hand_in(engine, manifest, progress)


def _hand_in(engine: sa.Engine, manifest: Manifest, progress: Progress) -> list[ImportReport]:
    reports = []
    steps = len(manifest.files) + 1
    for done, handed in enumerate(manifest.files):
        progress(done, steps, handed.path.name)
        options = ImportOptions(crs=handed.crs, handed_by=handed.handed_by, synthetic=True, as_of=AS_OF)
        reports.append(import_file(engine, handed.path, feature_type(handed.feature_id), options))
    progress(steps - 1, steps, "指标 indicators")
    indicators.run(engine, as_of=AS_OF)
    progress(steps, steps, "完成 done")
    return reports
