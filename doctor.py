"""What may be wrong on a machine, in plain words, each with its mend (``xiangtu doctor``)."""

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
from maps.assets import NAMES, AssetMissing, path_of
from store.embedded import Cluster, cluster_folder, server_programs
from store.engine import database_url, make_engine
from store.errors import StoreError
from store.migrate import current, head

_LEAST_FREE_GB = 2.0


class PortTaken(XiangtuError):
    """Something else listens on the port."""

    key = "doctor.port_taken"


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


def port_free(chosen: Settings) -> bool:
    """Whether the server could listen on its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((chosen.host, chosen.port))
        except OSError:
            return False
    return True


def require_free_port(chosen: Settings) -> None:
    """Raise `PortTaken` if the server could not listen."""
    if not port_free(chosen):
        raise PortTaken(host=chosen.host, port=chosen.port)


def _programs(chosen: Settings) -> Finding:
    if chosen.database_url is not None:
        return Finding("own_server", True)
    try:
        return Finding("programs_found", True, {"folder": server_programs()})
    except StoreError:
        return Finding("programs_missing", False)


def _disk(chosen: Settings) -> Finding:
    folder = cluster_folder(chosen.data_dir)
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
    if chosen.database_url is None and not Cluster(chosen.data_dir).running():
        return Finding("database_stopped", True)
    engine = make_engine(database_url(chosen), chosen)
    try:
        with engine.connect() as connection:
            server = connection.scalar(sa.text("SHOW server_version"))
            postgis = connection.scalar(
                sa.text("SELECT default_version FROM pg_available_extensions WHERE name = 'postgis'")
            )
            revision = current(connection)
    except sa.exc.SQLAlchemyError as error:
        return Finding("database_away", False, {"detail": str(error).splitlines()[0]})
    finally:
        engine.dispose()
    if postgis is None:
        return Finding("postgis_missing", False, {"server": server})
    if revision != head():
        return Finding("schema_behind", False, {"revision": revision or "-", "head": head()})
    return Finding("database_fine", True, {"server": server, "postgis": postgis, "revision": revision})


def _port(chosen: Settings) -> Finding:
    free = port_free(chosen)
    return Finding("port_free" if free else "port_taken", free, {"host": chosen.host, "port": chosen.port})


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
            path_of(name)
        except AssetMissing:
            return Finding("assets_missing", False, {"name": name})
    return Finding("assets_found", True, {"count": len(NAMES)})
