"""The process that opens rasters: ``python -m pipelines.rasters.reader_process``.

As `pipelines.import_.reader_process` it takes its task on standard input, confines itself, and leaves the converted
raster with its facts, or a refusal, in its folder.
"""

import json
import os
import sys
from pathlib import Path

from pipelines.import_.reader_process import (
    CONFINEMENT_FILE,
    REFUSAL_FILE,
    leave_network,
    leave_root,
    limit,
)

CONVERTED_FILE, FACTS_FILE = "converted.tif", "facts.json"


def main() -> int:
    """Convert one raster; the exit code is 0 for a raster, 3 for a refusal."""
    task = json.load(sys.stdin)
    limit(task["memory_mb"], task["timeout_s"])
    isolated = leave_network()
    # The parent made this our working directory; paths through it need no rights to what lies above.
    folder = Path()

    # Only now: the libraries must be loaded inside the limits, and while we still reach them.
    from pipelines.rasters.convert import STORED, convert
    from pipelines.rasters.errors import RasterRefused

    STORED.to_wkt()  # opens the library of coordinate systems
    if task["run_as"] is not None:
        leave_root(*task["run_as"])
        isolated = isolated or leave_network()
    (folder / CONFINEMENT_FILE).write_text(json.dumps({"isolated": isolated, "user": os.geteuid()}))
    try:
        facts = convert(
            folder / "upload",
            folder / CONVERTED_FILE,
            task["kind"],
            tuple(task["city"]),
            around=tuple(task["around"]),
            crs=task["crs"],
            nodata=task["nodata"],
        )
    except RasterRefused as refused:
        told = {"reason": str(refused.reason), "values": refused.values}
        (folder / REFUSAL_FILE).write_text(json.dumps(told, ensure_ascii=False, default=str), "utf-8")
        return 3
    (folder / FACTS_FILE).write_text(json.dumps(facts), "utf-8")
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
