"""The files that a map needs in the browser, and the addresses under which this server gives them out.

An address carries a digest of the file, so a browser may keep it for ever and still gets a new one at once.
"""

import hashlib
from functools import cache
from pathlib import Path

from base.errors import XiangtuError

_MODULES = Path(__file__).resolve().parent.parent / "frontend" / "node_modules"
_STATIC = Path(__file__).resolve().parent / "static"
_FILES: dict[str, Path] = {
    "leaflet.js": _MODULES / "leaflet/dist/leaflet.js",
    "leaflet.css": _MODULES / "leaflet/dist/leaflet.css",
    "vectorgrid.js": _MODULES / "leaflet.vectorgrid/dist/Leaflet.VectorGrid.bundled.min.js",
    "fullscreen.js": _MODULES / "leaflet.fullscreen/Control.FullScreen.js",
    "fullscreen.css": _MODULES / "leaflet.fullscreen/Control.FullScreen.css",
    "icon-fullscreen.svg": _MODULES / "leaflet.fullscreen/icon-fullscreen.svg",
    **{path.name: path for path in sorted(_STATIC.iterdir()) if path.suffix in {".js", ".css"}},
}
NAMES: tuple[str, ...] = tuple(_FILES)


class AssetMissing(XiangtuError):
    """A browser library is not installed (`npm ci` in ``frontend/`` has not run)."""

    key = "maps.asset_missing"


@cache
def _release() -> str:
    """One digest for all files: they refer to each other by relative names, so they share a folder."""
    digest = hashlib.sha256()
    for name in NAMES:
        digest.update(name.encode())
        digest.update(path_of(name).read_bytes())
    return digest.hexdigest()[:12]


def path_of(name: str) -> Path:
    """Return the file behind an asset name.

    Raises
    ------
    KeyError : no such asset.
    AssetMissing : the library is not installed.
    """
    path = _FILES[name]
    if not path.is_file():
        raise AssetMissing(name=name)
    return path


def url_of(name: str) -> str:
    """Address of an asset, ``/assets/<release>/<name>``; the route may let browsers keep it for ever."""
    path_of(name)
    return f"/assets/{_release()}/{name}"
