"""Folders that the unprivileged user of the embedded cluster can reach; pytest keeps its own private."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable() -> Iterator[Path]:
    """A folder that everybody may walk into, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="xiangtu-test-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
