"""Folders that the unprivileged user of the embedded cluster can reach; pytest keeps its own private."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def raster_folder() -> Path:
    """Where the rasters of databases of tests lie: beside the cluster that is kept, or gone with the process."""
    kept = os.environ.get("XIANGTU_TEST_DIR")
    if kept:
        return Path(kept) / "rasters"
    folder = Path(tempfile.mkdtemp(prefix="xiangtu-rasters-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def reachable() -> Iterator[Path]:
    """A folder that everybody may walk into, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="xiangtu-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
