"""Unpacking a zip that a stranger made: everything is checked before the first byte is written."""

import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines.import_.errors import FileRefused, Refusal

LARGEST_COUNT = 2000
LARGEST_RATIO = 250
"""Deflate packs at most 1:1030; padded dBase text seldom reaches 1:100."""
_RATIO_MATTERS_FROM = 8 * 1024 * 1024
_NESTED = {".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".tar", ".tgz", ".kmz", ".zst"}
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Member:
    """A file inside a zip, with its name as the packer wrote it."""

    info: zipfile.ZipInfo
    name: str

    @property
    def stem(self) -> str:
        """File name without folders and suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """Lower-case suffix with its dot."""
        return PurePosixPath(self.name).suffix.lower()


def members(path: Path, largest_total: int) -> list[Member]:
    """List the files of a zip after checking all of them.

    Parameters
    ----------
    largest_total : bytes that all members together may unpack to.

    Raises
    ------
    FileRefused : damaged, encrypted, absolute or ``..`` paths, links, archives inside, too many, too large.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRefused(Refusal.ZIP_DAMAGED) from error
    if len(infos) > LARGEST_COUNT:
        raise FileRefused(Refusal.ZIP_ENTRIES, count=len(infos), limit=LARGEST_COUNT)
    found = [Member(info, _name(info)) for info in infos]
    total = 0
    for member in found:
        _check(member)
        total += member.info.file_size
    if total > largest_total:
        raise FileRefused(Refusal.ZIP_BOMB, size_mb=total // 2**20, limit_mb=largest_total // 2**20)
    return [m for m in found if not m.info.is_dir() and not _litter(m.name)]


def extract(path: Path, wanted: dict[str, Path]) -> None:
    """Write members to files of our own naming.

    Parameters
    ----------
    wanted : name inside the zip (as `ZipInfo.filename`) to target file.

    Raises
    ------
    FileRefused : a member is damaged or longer than it says.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name, target in wanted.items():
                info = archive.getinfo(name)
                written = 0
                with archive.open(info) as source, target.open("wb") as out:
                    while chunk := source.read(_CHUNK):
                        written += len(chunk)
                        if written > info.file_size:
                            raise FileRefused(Refusal.ZIP_DAMAGED)
                        out.write(chunk)
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zipfile.zlib.error) as error:
        raise FileRefused(Refusal.ZIP_DAMAGED) from error


def _name(info: zipfile.ZipInfo) -> str:
    """The name as written: without the UTF-8 flag, Chinese Windows packs GBK bytes."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _check(member: Member) -> None:
    info, name = member.info, member.name
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if name.startswith(("/", "\\")) or ".." in parts or "\0" in name or (len(name) > 1 and name[1] == ":"):
        raise FileRefused(Refusal.ZIP_TRAVERSAL, name=name)
    mode = info.external_attr >> 16
    if mode and (stat.S_ISLNK(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISFIFO(mode)):
        raise FileRefused(Refusal.ZIP_LINK, name=name)
    if info.flag_bits & 0x1:
        raise FileRefused(Refusal.ZIP_ENCRYPTED)
    if member.suffix in _NESTED and not _litter(name):
        raise FileRefused(Refusal.ZIP_NESTED, name=name)
    if info.file_size > _RATIO_MATTERS_FROM and info.file_size > LARGEST_RATIO * max(1, info.compress_size):
        raise FileRefused(Refusal.ZIP_BOMB, size_mb=info.file_size // 2**20, limit_mb=LARGEST_RATIO)


def _litter(name: str) -> bool:
    """Files that operating systems add by themselves."""
    path = PurePosixPath(name)
    return "__MACOSX" in path.parts or path.name.startswith(".") or path.name.lower() == "thumbs.db"
