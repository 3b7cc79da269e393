"""Photos as phones make them: drawn at random, with position and time in their metadata."""

import datetime as dt
import io
import random

import pillow_heif
from PIL import ExifTags, Image, ImageDraw


def scene(seed: int, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """A picture of shapes that another seed does not draw."""
    drawn = random.Random(seed)
    width, height = size
    made = Image.new("RGB", size, tuple(drawn.randrange(40, 220) for _ in range(3)))
    pen = ImageDraw.Draw(made)
    for _ in range(14):
        x, y = drawn.randrange(width), drawn.randrange(height)
        w, h = drawn.randrange(width // 10, width // 2), drawn.randrange(height // 10, height // 2)
        shape = pen.ellipse if drawn.random() < 0.5 else pen.rectangle
        shape((x, y, x + w, y + h), fill=tuple(drawn.randrange(256) for _ in range(3)))
    return made


def _parts(degrees: float) -> tuple[float, float, float]:
    whole = int(abs(degrees))
    minutes = int((abs(degrees) - whole) * 60)
    return float(whole), float(minutes), round((abs(degrees) - whole - minutes / 60) * 3600, 4)


def photo(
    seed: int = 1,
    *,
    at: tuple[float, float] | None = None,
    taken: dt.datetime | None = None,
    orientation: int = 1,
    size: tuple[int, int] = (800, 600),
    kind: str = "JPEG",
) -> bytes:
    """A photo file; `at` longitude and latitude, `taken` with or without a zone."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Xiangtu Test Phone"
    exif[ExifTags.Base.Orientation] = orientation
    if at is not None:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {
                ExifTags.GPS.GPSLongitudeRef: "E" if at[0] >= 0 else "W",
                ExifTags.GPS.GPSLongitude: _parts(at[0]),
                ExifTags.GPS.GPSLatitudeRef: "N" if at[1] >= 0 else "S",
                ExifTags.GPS.GPSLatitude: _parts(at[1]),
            }
        )
    if taken is not None:
        camera = exif.get_ifd(ExifTags.IFD.Exif)
        camera[ExifTags.Base.DateTimeOriginal] = f"{taken:%Y:%m:%d %H:%M:%S}"
        if taken.tzinfo is not None:
            zone = f"{taken:%z}"
            camera[ExifTags.Base.OffsetTimeOriginal] = f"{zone[:3]}:{zone[3:]}"
    made = io.BytesIO()
    if kind == "HEIF":
        pillow_heif.from_pillow(scene(seed, size)).save(made, exif=exif.tobytes())
    else:
        scene(seed, size).save(made, kind, exif=exif)
    return made.getvalue()
