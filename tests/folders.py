"""Folders that the unprivileged user of the embedded cluster can reach; pytest keeps its own private."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 4 * 2**30


def _made() -> Path:
    """A new folder; in memory where there is room, since a copied database is a thousand new files."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix="xiangtu-test-", dir=_MEMORY if roomy else None))
    folder.chmod(0o755)
    return folder


def folder_of_run() -> Path:
    """Where the cluster and the rasters of a run lie; gone with the process that made it.

    `XIANGTU_TEST_DIR` names one that is kept. The workers of a run inherit the variable, and so share the folder.
    """
    named = os.environ.get("XIANGTU_TEST_DIR")
    if named:
        folder = Path(named)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        return folder
    folder = _made()
    os.environ["XIANGTU_TEST_DIR"] = str(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@contextmanager
def reachable() -> Iterator[Path]:
    """A folder that everybody may walk into, gone at the end."""
    folder = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
