"""Photos of monthly reports as they come from a phone: read safely, turned upright, resized, freed of metadata.

What the camera said of place and time is read before it is removed. Positions of phones are WGS 84, which differs from
CGCS2000 by centimetres; they are taken as they are.
"""

import datetime as dt
import hashlib
import io
import math
import re
import struct
import warnings
from collections.abc import Callable
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import imagehash
import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from base.errors import XiangtuError
from store.progress.photos import NewPhoto

LARGEST_MB = 20
LONG_SIDE, THUMBNAIL_SIDE = 1600, 320
LARGEST_KEPT_BYTES = 2 * 1024 * 1024
_MOST_PIXELS = {"JPEG": 64_000_000, "MPO": 64_000_000, "PNG": 25_000_000, "HEIF": 25_000_000}
"""A JPEG can be decoded at a part of its size, a PNG and a HEIC cannot."""
# The picture alone is read of a HEIC: no depth map, no thumbnail, nothing beside it. pi-heif only reads; its larger
# sister pillow-heif brings an encoder under the GPL, and makes the tests' pictures.
pi_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False, decode_threads=1)
_QUALITIES = (85, 75, 60, 40)
_SCREEN_ZONE = ZoneInfo("Asia/Shanghai")
_HEIF = re.compile(rb"^....ftyp(heic|heix|hevc|hevx|heim|heis|mif1|msf1)", re.S)
_NO_LETTER = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069/\\:*?\"<>|]")
_LONGEST_NAME = 120
_PIXELS, _PNG = re.compile(r"(\d+) pixels"), b"\x89PNG"
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of an EXIF orientation stand upright."""
_UNREADABLE = (
    OSError, ValueError, SyntaxError, EOFError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error,
)  # fmt: skip
"""What comes of metadata that say another thing than they are; a photo is worth more than they."""


class PhotoRefused(XiangtuError):
    """Base of what a photo can be refused for."""

    key = "reports.photo_kind"


class PhotoKind(PhotoRefused):
    """No JPEG, PNG or HEIC, whatever its name says."""

    key = "reports.photo_kind"


class PhotoHeic(PhotoRefused):
    """The newer format of phones, but incomplete or of a sort that the reader does not know, such as a burst."""

    key = "reports.photo_heic"


class PhotoTooLarge(PhotoRefused):
    """More bytes than are read."""

    key = "reports.photo_too_large"


class PhotoTooManyPixels(PhotoTooLarge):
    """More pixels than are read."""

    key = "reports.photo_too_many_pixels"


class PhotoDamaged(PhotoRefused):
    """It cannot be read to its end."""

    key = "reports.photo_damaged"


def read_photo(name: str, content: bytes) -> NewPhoto:
    """Read a photo and return it in the form in which it is kept.

    Parameters
    ----------
    name : as the phone has it; what a file system could misread is taken out.
    content : the file, JPEG, PNG or HEIC, up to 20 MB, 64 million pixels (PNG and HEIC: 25 million).

    Returns
    -------
    JPEG of at most 1600 pixels and 2 MB, upright, with no metadata; a thumbnail of 320 pixels; position (degrees),
    moment (UTC) and perceptual hash (DCT, 64 bits). A moment without a zone is that of Shanghai.

    Raises
    ------
    PhotoTooLarge, PhotoHeic, PhotoKind, PhotoDamaged : why it is not taken.
    """
    name = _NO_LETTER.sub("_", name.strip())[-_LONGEST_NAME:].strip(". ") or "_"
    if len(content) > LARGEST_MB * 1024**2:
        raise PhotoTooLarge(name=name, size_mb=f"{len(content) / 1024**2:.1f}", most_mb=LARGEST_MB)
    upright, taken_at, (lon, lat) = _open(name, content)
    kept = _within(upright, LONG_SIDE)
    small = _within(kept, THUMBNAIL_SIDE)
    return NewPhoto(
        name=name,
        content=_jpeg(kept),
        thumbnail=_jpeg(small),
        width=kept.width,
        height=kept.height,
        sha256=hashlib.sha256(content).hexdigest(),
        phash=str(imagehash.phash(kept)),
        taken_at=taken_at,
        lon=lon,
        lat=lat,
    )


def _too_many_pixels(name: str, pixels: int, limit: int) -> PhotoTooManyPixels:
    return PhotoTooManyPixels(name=name, pixels=f"{pixels:,}", most_pixels=f"{limit:,}")


_Position = tuple[float | None, float | None]
_NOWHERE: _Position = None, None
_Part = TypeVar("_Part")


def _read(part: Callable[[], _Part], nothing: _Part) -> _Part:
    """A part of the metadata; `nothing` where they cannot be read."""
    try:
        return part()
    except _UNREADABLE:
        return nothing


def _open(name: str, content: bytes) -> tuple[Image.Image, dt.datetime | None, _Position]:
    """The picture upright, in colours of a screen; when and where it was taken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of metadata half destroyed: what is left is read
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "HEIF")) as opened:
                limit = _MOST_PIXELS.get(opened.format or "")
                if limit is None:
                    raise PhotoKind(name=name)
                if opened.width * opened.height > limit:
                    raise _too_many_pixels(name, opened.width * opened.height, limit)
                opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
                opened.load()  # what is wrong with the pixels is not taken for a fault of the metadata
                exif = _read(opened.getexif, Image.Exif())
                turn = _read(lambda: _TURNS.get(exif.get(ExifTags.Base.Orientation)), None)
                upright = opened if turn is None else opened.transpose(turn)
                moment, place = _read(lambda: _moment(exif), None), _read(lambda: _position(exif), _NOWHERE)
                return _opaque(upright), moment, place
    except UnidentifiedImageError as error:
        raise (PhotoHeic if _HEIF.match(content) else PhotoKind)(name=name) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        # Pillow gives up before it says of which kind the picture is, but not without saying how large.
        pixels = _PIXELS.search(str(error))
        limit = min(_MOST_PIXELS.values()) if content.startswith(_PNG) else _MOST_PIXELS["JPEG"]
        raise _too_many_pixels(name, int(pixels[1]) if pixels else 0, limit) from error
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise PhotoDamaged(name=name) from error


def _opaque(picture: Image.Image) -> Image.Image:
    """The pixels alone in RGB, transparent ones on white."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layers = picture.convert("RGBA")
        made = Image.new("RGB", layers.size, "white")
        made.paste(layers, mask=layers.getchannel("A"))
    else:
        made = picture.convert("RGB")
    made.info = {}
    return made


def _within(picture: Image.Image, side: int) -> Image.Image:
    made = picture.copy()
    made.thumbnail((side, side), Image.Resampling.LANCZOS)
    return made


def _jpeg(picture: Image.Image) -> bytes:
    made = io.BytesIO()
    for quality in _QUALITIES:
        made = io.BytesIO()
        picture.save(made, "JPEG", quality=quality, optimize=True, progressive=True)
        if made.tell() <= LARGEST_KEPT_BYTES:
            break
    return made.getvalue()


def _position(exif: Image.Exif) -> _Position:
    """Longitude and latitude, both None where one is missing or out of the world; (0, 0) is a phone that had no fix."""
    given = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(given.get(ExifTags.GPS.GPSLatitude), given.get(ExifTags.GPS.GPSLatitudeRef), "S")
    lon = _degrees(given.get(ExifTags.GPS.GPSLongitude), given.get(ExifTags.GPS.GPSLongitudeRef), "W")
    if lon is None or lat is None or abs(lon) > 180 or abs(lat) > 90 or (lon, lat) == (0.0, 0.0):
        return None, None
    return lon, lat


def _degrees(parts: Any, side: Any, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found):
        return None
    return -found if str(side).upper().startswith(negative) else found


def _moment(exif: Image.Exif) -> dt.datetime | None:
    """When it was taken, UTC: by the camera's clock and zone, by the satellites', by the camera's clock in Shanghai."""
    camera = exif.get_ifd(ExifTags.IFD.Exif)
    told = camera.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    clock = _read_time(told, "%Y:%m:%d %H:%M:%S")
    zone = _read_time(camera.get(ExifTags.Base.OffsetTimeOriginal), "%z")
    if clock is not None and zone is not None:
        return clock.replace(tzinfo=zone.tzinfo).astimezone(dt.UTC)
    satellites = _satellite_time(exif)
    if satellites is not None:
        return satellites
    return None if clock is None else clock.replace(tzinfo=_SCREEN_ZONE).astimezone(dt.UTC)


def _satellite_time(exif: Image.Exif) -> dt.datetime | None:
    given = exif.get_ifd(ExifTags.IFD.GPSInfo)
    day = _read_time(given.get(ExifTags.GPS.GPSDateStamp), "%Y:%m:%d")
    try:
        hours, minutes, seconds = (float(part) for part in given[ExifTags.GPS.GPSTimeStamp])
        passed = dt.timedelta(hours=hours, minutes=minutes, seconds=int(seconds))
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return None if day is None else (day + passed).replace(tzinfo=dt.UTC)


def _read_time(told: Any, form: str) -> dt.datetime | None:
    try:
        return dt.datetime.strptime(str(told).strip().strip("\x00"), form)
    except ValueError:
        return None
