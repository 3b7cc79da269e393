"""Import: from the files that departments hand over to checked rows in PostGIS.

`import_file` writes, `check_file` only tells; `report_text` puts the report into words. The names are loaded
when first asked for, because the reading process needs this package without its database side.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipelines.import_.errors import FileRefused, Refusal
    from pipelines.import_.findings import Finding
    from pipelines.import_.flow import check_file, import_file
    from pipelines.import_.options import ImportOptions, Progress, Step
    from pipelines.import_.readers import FORMATS
    from pipelines.import_.rendering import report_text
    from pipelines.import_.report import Counts, ImportReport

_PLACES = {
    "FORMATS": "readers",
    "Counts": "report",
    "FileRefused": "errors",
    "Finding": "findings",
    "ImportOptions": "options",
    "ImportReport": "report",
    "Progress": "options",
    "Refusal": "errors",
    "Step": "options",
    "check_file": "flow",
    "import_file": "flow",
    "report_text": "rendering",
}

__all__ = [
    "FORMATS",
    "Counts",
    "FileRefused",
    "Finding",
    "ImportOptions",
    "ImportReport",
    "Progress",
    "Refusal",
    "Step",
    "check_file",
    "import_file",
    "report_text",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
