"""Files that people upload: the field in the visitor's language, and names that are safe to write."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from base.settings import settings
from i18n import Lang, tr

# Streamlit has these two in English only; the words are our catalogue's.
_WORDS = """<style>
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p,
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span{{font-size:0}}
.st-key-{key} [data-testid="stFileUploaderDropzone"] button p::after{{content:"{choose}";font-size:1rem}}
.st-key-{key} [data-testid="stFileUploaderDropzoneInstructions"] span::after{{content:"{limits}";font-size:.85rem}}
</style>"""


def file_uploader(label: str, suffixes: Sequence[str], key: str, current: Lang) -> UploadedFile | None:
    """The field for one file with one of the suffixes, up to the limit of uploads."""
    limit_mb = settings().upload_limit_mb
    _say(suffixes, key, limit_mb, current)
    return st.file_uploader(label, type=list(suffixes), max_upload_size=limit_mb, key=key)


def file_uploaders(
    label: str, suffixes: Sequence[str], key: str, current: Lang, limit_mb: int
) -> list[UploadedFile]:
    """The field for several files with one of the suffixes, each up to `limit_mb`."""
    _say(suffixes, key, limit_mb, current)
    return list(
        st.file_uploader(
            label, type=list(suffixes), max_upload_size=limit_mb, accept_multiple_files=True, key=key
        )
    )


def _say(suffixes: Sequence[str], key: str, limit_mb: int, current: Lang) -> None:
    """Put the catalogue's words in the place of Streamlit's."""
    st.html(
        _WORDS.format(
            key=re.sub(r"[^a-zA-Z0-9_-]", "-", key),
            choose=tr("pages.import.choose_file", current),
            limits=tr("pages.import.file_limits", current, limit_mb=limit_mb, suffixes=" ".join(suffixes)),
        )
    )


def safe_name(given: str) -> str:
    """A file name without folders, control characters or more than 120 characters, its suffix kept."""
    name = re.sub(r"[\x00-\x1f\x7f]", "", PurePosixPath(given.replace("\\", "/")).name)
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).strip(". ")[: 120 - len(suffix)]
    return f"{stem or 'upload'}{suffix}"
