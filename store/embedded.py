"""The embedded cluster: a private PostgreSQL + PostGIS under the data folder.

It listens on a Unix socket only, runs as an unprivileged user, and is shared by the processes of one data
folder (server, command line): each holds a shared lock on a file, and the one that leaves last stops the
cluster. A lock dies with its process, so a killed process never keeps the cluster from being stopped, and a
cluster orphaned by a kill is adopted by the next one to come.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from base.journal import journal
from store.errors import ClusterFailed, ClusterOfOtherVersion, NoUnprivilegedUser, PostgresMissing

log = journal("store.embedded")

_LONGEST_SOCKET_FOLDER = 85
_PORT = 5432
_DEAF_LIMIT_S = 60
DATABASE = "xiangtu"
SUPERUSER = "postgres"


def server_programs(version: int | None = None) -> Path:
    """Return the folder of a PostgreSQL server (14 or later) that has PostGIS.

    Parameters
    ----------
    version : the major version that made a cluster, which no other can run; the newest if not given.

    Raises
    ------
    PostgresMissing : there is none.
    ClusterOfOtherVersion : there are some, but not of that version.
    """
    found = {}
    for folder in Path("/usr/lib/postgresql").glob("*/bin"):
        name = folder.parent.name
        control = Path("/usr/share/postgresql") / name / "extension" / "postgis.control"
        if name.isdigit() and int(name) >= 14 and (folder / "initdb").exists() and control.exists():
            found[int(name)] = folder
    if not found:
        raise PostgresMissing()
    if version is not None and version not in found:
        raise ClusterOfOtherVersion(made=version, installed=", ".join(map(str, sorted(found))))
    return found[version or max(found)]


def reachable_by_others(folder: Path) -> bool:
    """Whether an unprivileged user can walk down to `folder` (each existing parent is o+x)."""
    existing = [p for p in (folder, *folder.parents) if p.exists()]
    return all(p.stat().st_mode & 0o001 for p in existing)


def cluster_folder(data_dir: Path) -> Path:
    """Where the cluster of a data folder lives.

    It is `data_dir`/postgres, except when root's data folder lies where the unprivileged user cannot reach
    (a private home, a private temporary folder): then a folder of its own under /var/lib/xiangtu. A cluster that
    was made stays where it is, whatever becomes of the permissions around it: its data must not seem lost.
    """
    data_dir = data_dir.resolve()
    beside = data_dir / "postgres"
    if os.geteuid() != 0 or (beside / "PG_VERSION").exists() or reachable_by_others(data_dir):
        return beside
    name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]
    return Path("/var/lib/xiangtu") / name / "postgres"


@dataclass
class Cluster:
    """One embedded cluster. `durable=False` turns fsync off and is for tests only."""

    data_dir: Path
    durable: bool = True
    _users: int | None = field(default=None, init=False, repr=False)

    @cached_property
    def folder(self) -> Path:
        """The cluster's PGDATA."""
        return cluster_folder(self.data_dir)

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self.folder.parent / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """Folder of the Unix socket; short, because the kernel allows 107 bytes."""
        beside = self.folder.parent / "socket"
        if len(str(beside).encode()) <= _LONGEST_SOCKET_FOLDER:
            return beside
        name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"xiangtu-{name}"

    def url(self, database: str = DATABASE, user: str = SUPERUSER) -> str:
        """SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://{user}@/{database}?host={self.socket_folder}&port={_PORT}"

    @property
    def version(self) -> int | None:
        """Major version of the PostgreSQL that made the cluster; None before it is made."""
        made = self.folder / "PG_VERSION"
        return int(made.read_text("utf-8")) if made.exists() else None

    def running(self) -> bool:
        """Whether the cluster's server is up.

        Raises
        ------
        PostgresMissing, ClusterOfOtherVersion : its programs are not installed any more.
        """
        if not (self.folder / "PG_VERSION").exists():
            return False
        done = self._try("pg_ctl", ["status", "-D", str(self.folder)])
        return done.returncode == 0

    @contextmanager
    def in_use(self) -> Iterator["Cluster"]:
        """Have the cluster running while the context lasts; the last user stops it."""
        self.acquire()
        try:
            yield self
        finally:
            self.release()

    def acquire(self) -> None:
        """Become a user of the cluster: create it if missing, start it if stopped."""
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        users = os.open(self.folder.parent / "postgres.users", os.O_CREAT | os.O_RDWR, 0o600)
        with self._alone():
            fcntl.flock(users, fcntl.LOCK_SH)
            self._users = users
            self._create()
            self._start()

    def release(self) -> None:
        """Stop being a user; the last one stops the server cleanly."""
        if self._users is None:
            return
        with self._alone():
            users, self._users = self._users, None
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                log.info("cluster_left_running", reason="other processes use it")
            else:
                self.stop()
            finally:
                os.close(users)

    def stop(self) -> None:
        """Stop the server, rolling open transactions back; nothing happens if it is down."""
        if self.running():
            self._run("pg_ctl", ["stop", "-D", str(self.folder), "-m", "fast", "-w", "-t", "60"])
            log.info("cluster_stopped", folder=str(self.folder))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the exclusive lock under which the cluster is created, started and stopped."""
        lock = os.open(self.folder.parent / "postgres.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _create(self) -> None:
        if (self.folder / "PG_VERSION").exists():
            return
        making = self.folder.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self._give(making)
        arguments = ["-D", str(making), "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8"]
        self._run("initdb", arguments if self.durable else [*arguments, "--no-sync"])
        making.rename(self.folder)
        log.info("cluster_created", folder=str(self.folder))

    def _start(self) -> None:
        sockets = self.socket_folder
        sockets.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._give(sockets)
        self.log_file.touch()
        self._give(self.log_file)
        if self._adopted():
            log.info("cluster_adopted", folder=str(self.folder))
            return
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            "port": str(_PORT),
            "max_connections": "60",
            "shared_buffers": "256MB",
            "work_mem": "32MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "timezone": "UTC",
            "jit": "off",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        given = " ".join(f"-c {name}='{value}'" for name, value in options.items())
        self._run(
            "pg_ctl",
            ["start", "-D", str(self.folder), "-l", str(self.log_file), "-w", "-t", "60", "-o", given],
        )
        log.info("cluster_started", folder=str(self.folder))

    def _adopted(self) -> bool:
        """Whether a server is up and takes connections.

        After a kill the process table may name a dead server for a moment, and its children may still hold its
        shared memory; so a server that is "running" and deaf is waited for until it is the one or the other.
        """
        deadline = time.monotonic() + _DEAF_LIMIT_S
        while self.running():
            ready = self._try("pg_isready", ["-q", "-h", str(self.socket_folder), "-p", str(_PORT)])
            if ready.returncode == 0:
                return True
            if time.monotonic() > deadline:
                raise ClusterFailed(program="pg_isready", detail="no answer", log=self.log_file)
            time.sleep(0.2)
        return False

    def _give(self, path: Path) -> None:
        account = _account()
        if account is not None:
            os.chown(path, account.pw_uid, account.pw_gid)

    def _run(self, program: str, arguments: Sequence[str]) -> None:
        done = self._try(program, arguments)
        if done.returncode != 0:
            lines = [*done.stderr.strip().splitlines(), *self._last_log_lines()]
            raise ClusterFailed(program=program, detail=" / ".join(lines[-4:]), log=self.log_file)

    def _last_log_lines(self) -> list[str]:
        with suppress(OSError):
            return self.log_file.read_text("utf-8", errors="replace").splitlines()[-3:]
        return []

    def _try(self, program: str, arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        account = _account()
        # pg_ctl's child keeps inherited pipes open for as long as the server lives, so output goes to files.
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            done = subprocess.run(  # noqa: S603 - a fixed program of the system, arguments of our own
                [str(server_programs(self.version) / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
                check=False,
            )
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", errors.read())


def _account() -> pwd.struct_passwd | None:
    """The unprivileged account that runs the cluster when we are root; None when we are not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError as error:
        raise NoUnprivilegedUser() from error
