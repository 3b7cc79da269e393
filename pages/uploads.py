"""Names of files that people upload."""

import re
from pathlib import PurePosixPath


def safe_name(given: str) -> str:
    """A file name without folders, control characters or more than 120 characters, its suffix kept."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", PurePosixPath(given.replace("\\", "/")).name)
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).strip(". ")[: 120 - len(suffix)]
    return f"{stem or 'upload'}{suffix}"
