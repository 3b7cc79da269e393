"""What may be wrong on a machine, in plain words, each with its mend (``xiangtu doctor``)."""

import errno
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from base.errors import XiangtuError
from base.settings import Settings
from i18n import Lang, tr
from maps.assets import NAMES, AssetMissing, content_of
from store.embedded import Cluster, cluster_folder, server_programs
from store.engine import database_url, make_engine
from store.errors import BadDatabaseUrl, ClusterOfOtherVersion, PostgresMissing
from store.migrate import current, head, known_revisions
from store.queries import query

_LEAST_FREE_GB = 2.0


class PortTaken(XiangtuError):
    """Something else listens on the port."""

    key = "doctor.port_taken"


class AddressRefused(XiangtuError):
    """The machine lets nobody listen there: no such address, or a port below 1024 without the right."""

    key = "doctor.address_refused"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: fine or not, with its sentence."""

    key: str
    fine: bool
    values: dict[str, object] = field(default_factory=dict)

    def sentence(self, lang: Lang) -> str:
        """What was found and, if it is not fine, the mend."""
        return tr(f"doctor.{self.key}", lang, **self.values)


def examine(chosen: Settings) -> list[Finding]:
    """Look at everything that a running Xiangtu needs."""
    checks: tuple[Callable[[Settings], Finding], ...] = (_programs, _disk, _database, _port, _fonts, _assets)
    return [check(chosen) for check in checks]


def require_free_port(chosen: Settings) -> None:
    """Try the address that the server is to listen on.

    Raises
    ------
    PortTaken, AddressRefused : the server could not listen.
    """
    where = {"host": chosen.host, "port": chosen.port}
    try:
        family, kind, *_, address = socket.getaddrinfo(chosen.host, chosen.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(**where) from error
        raise AddressRefused(**where, detail=error.strerror) from error


def _told(error: XiangtuError) -> Finding:
    """An error whose sentence is one of the doctor's."""
    return Finding(error.key.removeprefix("doctor."), False, error.values)


def _programs(chosen: Settings) -> Finding:
    if chosen.database_url is not None:
        return Finding("own_server", True)
    try:
        return Finding("programs_found", True, {"folder": server_programs(Cluster(chosen.data_dir).version)})
    except PostgresMissing:
        return Finding("programs_missing", False)
    except ClusterOfOtherVersion as error:
        return _told(error)


def _disk(chosen: Settings) -> Finding:
    """The data folder and, where it lies apart, the cluster's: the first that is not fine, else the first."""
    folders = [chosen.data_dir]
    if chosen.database_url is None:
        folders.append(cluster_folder(chosen.data_dir))
    findings = [_folder(folder.resolve()) for folder in folders]
    return next((finding for finding in findings if not finding.fine), findings[0])


def _folder(folder: Path) -> Finding:
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free_gb = shutil.disk_usage(existing).free / 2**30
    values: dict[str, object] = {
        "folder": existing,
        "free": f"{free_gb:.1f}",
        "least": f"{_LEAST_FREE_GB:.0f}",
    }
    if not os.access(existing, os.W_OK):
        return Finding("folder_readonly", False, values)
    return Finding(
        "disk_free" if free_gb >= _LEAST_FREE_GB else "disk_full", free_gb >= _LEAST_FREE_GB, values
    )


def _database(chosen: Settings) -> Finding:
    try:
        if chosen.database_url is None and not Cluster(chosen.data_dir).running():
            return Finding("database_stopped", True)
        engine = make_engine(database_url(chosen), chosen)
    except BadDatabaseUrl as error:
        return _told(error)
    except (PostgresMissing, ClusterOfOtherVersion):
        return Finding("database_stopped", True)  # what is to be mended first is told by `_programs`
    try:
        with engine.connect() as connection:
            return _schema(connection)
    except sa.exc.DBAPIError as error:
        return Finding("database_away", False, {"detail": str(error.orig).strip().splitlines()[0]})
    finally:
        engine.dispose()


def _schema(connection: sa.Connection) -> Finding:
    row = connection.execute(query("server_state")).one()
    values: dict[str, object] = {"server": row.server, "postgis": row.available, "head": head()}
    if row.available is None:
        return Finding("postgis_missing", False, values)
    if row.installed is None and not row.may_install:
        return Finding("postgis_forbidden", False, {"database": row.database, "user": row.user})
    revision = current(connection)
    values["revision"] = revision or "-"
    if revision is not None and revision not in known_revisions():
        return Finding("schema_ahead", False, values)
    return Finding("database_fine" if revision == head() else "schema_behind", revision == head(), values)


def _port(chosen: Settings) -> Finding:
    try:
        require_free_port(chosen)
    except (PortTaken, AddressRefused) as error:
        return _told(error)
    return Finding("port_free", True, {"host": chosen.host, "port": chosen.port})


def _fonts(_: Settings) -> Finding:
    program = shutil.which("fc-list")
    if program is None:
        found = any(Path("/usr/share/fonts").rglob("*CJK*"))
    else:
        listed = subprocess.run([program, ":lang=zh"], capture_output=True, text=True, check=False)  # noqa: S603
        found = bool(listed.stdout.strip())
    return Finding("fonts_found" if found else "fonts_missing", found)


def _assets(_: Settings) -> Finding:
    for name in NAMES:
        try:
            content_of(name)
        except AssetMissing:
            return Finding("assets_missing", False, {"name": name})
    return Finding("assets_found", True, {"count": len(NAMES)})
