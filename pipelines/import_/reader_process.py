"""The process that opens uploads: ``python -m pipelines.import_.reader_process``.

It takes its task as JSON on standard input, limits itself before it looks at the file (memory, processor
time, file size, no network, no root), and leaves a `RawTable` or a refusal in its folder. The parent limits
its time, its environment (GDAL's drivers) and its folder.
"""

import ctypes
import encodings
import json
import os
import pkgutil
import resource
import sys
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path

_NEW_NETWORK = 0x40000000
_NEW_USER = 0x10000000
REFUSAL_FILE = "refused.json"
CONFINEMENT_FILE = "confined.json"
_IMPORTED_LATE = ("mmap", "_strptime")
"""Modules of the standard library that our libraries import when they first need them."""


class _Absent(MetaPathFinder):
    """Hides libraries that the readers can do without; loading them takes longer than reading a file."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name in ("geopandas", "pandas", "shapely"):
            raise ImportError(name)


def limit(memory_mb: int, seconds: int) -> None:
    """Let this process take no more memory and processor time, write no huge file, leave no core."""
    for kind, most in (
        (resource.RLIMIT_AS, memory_mb * 2**20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 8 * 2**30),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, resource.getrlimit(resource.RLIMIT_NPROC)[1]),
    ):
        hard = resource.getrlimit(kind)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (value, value))


def leave_network() -> bool:
    """Move into a network namespace of our own, which has no way out; False where the kernel forbids it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) == 0:
        return True
    # Root would only seem to have gone in a user namespace, and could not be given up any more.
    return os.geteuid() != 0 and libc.unshare(_NEW_USER | _NEW_NETWORK) == 0


def leave_root(user: int, group: int) -> None:
    """Become a user who owns nothing; the standard library may be out of reach then, so all is loaded."""
    codecs = (f"encodings.{module.name}" for module in pkgutil.iter_modules(encodings.__path__))
    for name in (*_IMPORTED_LATE, *codecs):
        with suppress(ImportError):  # some codecs are for Windows only
            import_module(name)
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)


def main() -> int:
    """Read one file; the exit code is 0 for a table, 3 for a refusal."""
    task = json.load(sys.stdin)
    limit(task["memory_mb"], task["timeout_s"])
    isolated = leave_network()
    # The parent made this our working directory; paths through it need no rights to what lies above.
    folder = Path()

    # Only now: the libraries must be loaded inside the limits. pyogrio tries these and does without.
    sys.meta_path.insert(0, _Absent())
    from pipelines.import_.errors import FileRefused, Refusal
    from pipelines.import_.readers import ReadRequest, format_of

    try:
        request = ReadRequest(
            path=folder / task["file"],
            suffix=task["suffix"],
            layer=task["layer"],
            encoding=task["encoding"],
            headings=frozenset(task["headings"]),
            units=frozenset(task["units"]),
            needed=tuple(frozenset(spellings) for spellings in task["needed"]),
            largest_total=task["largest_total"],
        )
        read = format_of(request.suffix, request.path).load()
        if task["run_as"] is not None:
            leave_root(*task["run_as"])
            isolated = isolated or leave_network()
        (folder / CONFINEMENT_FILE).write_text(json.dumps({"isolated": isolated, "user": os.geteuid()}))
        table = read(request)
        if table.columns.num_rows == 0:
            raise FileRefused(Refusal.NO_ROWS)
        table.save(folder)
    except FileRefused as refused:
        return refuse(folder, refused.reason, refused.values)
    except MemoryError:
        return refuse(folder, Refusal.MEMORY, {"limit_mb": task["memory_mb"]})
    return 0


def refuse(folder: Path, reason: str, values: dict[str, object]) -> int:
    """Leave why the file is refused for the parent; returns the exit code."""
    told = {"reason": str(reason), "values": values}
    (folder / REFUSAL_FILE).write_text(json.dumps(told, ensure_ascii=False, default=_spoken), "utf-8")
    return 3


def _spoken(value: object) -> object:
    """A `Text` with both its languages, anything else as text."""
    from i18n import Text

    return asdict(value) if isinstance(value, Text) else str(value)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
