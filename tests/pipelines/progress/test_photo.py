"""Photos of reports: what the camera said is read and removed, what is no photo is refused, the same one is known."""

import datetime as dt
import io
import random
import struct
import zlib

import imagehash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageEnhance

from pipelines.progress import photo as module
from pipelines.progress.photo import (
    LARGEST_KEPT_BYTES,
    PhotoDamaged,
    PhotoHeic,
    PhotoKind,
    PhotoRefused,
    PhotoTooLarge,
    PhotoTooManyPixels,
    read_photo,
)
from store.progress.photos import SAME_WITHIN_BITS
from tests.photographed import photo, scene

PLACE = (113.0512, 23.7084)
ORIENTATIONS = {1: (800, 600), 3: (800, 600), 6: (600, 800), 8: (600, 800)}


def _again(picture: Image.Image, quality: int = 80) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=quality)
    return made.getvalue()


def _bits(one: str, other: str) -> int:
    return (int(one, 16) ^ int(other, 16)).bit_count()


def test_position_and_time_are_read_and_nothing_of_them_is_kept() -> None:
    taken = dt.datetime(2026, 11, 3, 15, 20, 5, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    read = read_photo("工地.jpg", photo(at=PLACE, taken=taken))
    assert (read.lon, read.lat) == pytest.approx(PLACE, abs=1e-6)
    assert read.taken_at == dt.datetime(2026, 11, 3, 7, 20, 5, tzinfo=dt.UTC)
    for kept in (read.content, read.thumbnail):
        opened = Image.open(io.BytesIO(kept))
        assert opened.format == "JPEG"
        assert not dict(opened.getexif())
        assert not {"exif", "icc_profile", "comment", "xmp", "photoshop"} & set(opened.info)
        assert b"Exif" not in kept and b"Xiangtu" not in kept and b"2026:11:03" not in kept


def test_a_heic_of_a_phone_is_read_as_any_photo() -> None:
    taken = dt.datetime(2026, 11, 3, 15, 20, 5, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    heic = photo(at=PLACE, taken=taken, kind="HEIF", size=(2400, 1800))
    assert heic[4:12] == b"ftypheic"
    read = read_photo("IMG_0001.HEIC", heic)
    assert (read.lon, read.lat) == pytest.approx(PLACE, abs=1e-6)
    assert read.taken_at == dt.datetime(2026, 11, 3, 7, 20, 5, tzinfo=dt.UTC)
    opened = Image.open(io.BytesIO(read.content))
    assert (opened.format, opened.size) == ("JPEG", (1600, 1200))
    assert b"Exif" not in read.content and not dict(opened.getexif())
    same = read_photo("a.jpg", photo(at=PLACE, size=(2400, 1800)))
    assert _bits(read.phash, same.phash) <= SAME_WITHIN_BITS, "the same picture as JPEG is known again"


def test_a_clock_without_a_zone_is_that_of_shanghai() -> None:
    read = read_photo("a.jpg", photo(taken=dt.datetime(2026, 1, 1, 7, 30)))
    assert read.taken_at == dt.datetime(2025, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert (read.lon, read.lat) == (None, None)


@pytest.mark.parametrize("at", [(-70.5, -33.25), (113.0, -0.5), (-0.25, 51.5)])
def test_hemispheres(at: tuple[float, float]) -> None:
    read = read_photo("a.jpg", photo(at=at))
    assert (read.lon, read.lat) == pytest.approx(at, abs=1e-6)


@pytest.mark.parametrize("at", [(0.0, 0.0), (200.0, 23.0), (113.0, 95.0)])
def test_a_position_out_of_the_world_is_none(at: tuple[float, float]) -> None:
    read = read_photo("a.jpg", photo(at=at))
    assert (read.lon, read.lat) == (None, None)


@pytest.mark.parametrize("turned", ORIENTATIONS)
def test_the_picture_stands_upright(turned: int) -> None:
    read = read_photo("a.jpg", photo(orientation=turned))
    assert (read.width, read.height) == ORIENTATIONS[turned]
    assert Image.open(io.BytesIO(read.content)).size == ORIENTATIONS[turned]


def test_a_large_photo_is_resized_and_its_thumbnail_small() -> None:
    read = read_photo("a.jpg", photo(size=(4000, 3000)))
    assert (read.width, read.height) == (1600, 1200)
    assert len(read.content) <= LARGEST_KEPT_BYTES
    assert Image.open(io.BytesIO(read.thumbnail)).size == (320, 240)


def test_noise_stays_below_the_limit() -> None:
    noise = Image.frombytes("RGB", (1600, 1600), random.Random(1).randbytes(1600 * 1600 * 3))
    assert len(read_photo("a.jpg", _again(noise, 95)).content) <= LARGEST_KEPT_BYTES


def test_a_transparent_png_is_laid_on_white() -> None:
    made = io.BytesIO()
    Image.new("RGBA", (60, 40), (255, 0, 0, 0)).save(made, "PNG")
    read = read_photo("a.png", made.getvalue())
    assert Image.open(io.BytesIO(read.content)).convert("RGB").getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("seed", range(8))
def test_the_same_photo_is_known_again(seed: int) -> None:
    """Saved anew, half the size, brighter, darker, cut by a hair at the edges, through a chat program."""
    picture = scene(seed)
    width, height = picture.size
    first = read_photo("a.jpg", _again(picture, 92)).phash
    changed = {
        "saved anew": picture,
        "half the size": picture.resize((width // 2, height // 2)),
        "brighter": ImageEnhance.Brightness(picture).enhance(1.2),
        "darker": ImageEnhance.Brightness(picture).enhance(0.8),
        "cut by a hair": picture.crop((4, 3, width - 4, height - 3)),
    }
    far = {
        name: bits
        for name, one in changed.items()
        if (bits := _bits(first, read_photo("b.jpg", _again(one, 40)).phash)) > SAME_WITHIN_BITS
    }
    assert far == {}


def test_other_photos_are_not_taken_for_the_same() -> None:
    hashes = [read_photo("a.jpg", _again(scene(seed))).phash for seed in range(40)]
    near = [
        (i, j)
        for i in range(len(hashes))
        for j in range(i)
        if _bits(hashes[i], hashes[j]) <= SAME_WITHIN_BITS
    ]
    assert near == []


def test_the_hash_is_that_of_imagehash() -> None:
    read = read_photo("a.jpg", photo(3))
    again = Image.open(io.BytesIO(read.content))
    assert _bits(read.phash, str(imagehash.phash(again))) <= 2


def _bomb() -> bytes:
    """A PNG of a few bytes that says to be 30,000 pixels wide and high."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", PhotoKind),
        (b"not a photo", PhotoKind),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", PhotoKind),
        (b"GIF89a" + b"\0" * 60, PhotoKind),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, PhotoHeic),
        (b"\0\0\0\x18ftypmif1" + b"\0" * 40, PhotoHeic),
        (_bomb(), PhotoTooManyPixels),
        (b"\xff" * (20 * 1024 * 1024 + 1), PhotoTooLarge),
        (photo(size=(1200, 900))[:9000], PhotoDamaged),
        (photo(size=(1200, 900), kind="HEIF")[:9000], PhotoHeic),
    ],
    ids=["empty", "text", "svg", "gif", "heic", "heif", "bomb", "large", "half", "half heic"],
)
def test_what_is_no_photo_is_refused(content: bytes, refusal: type[PhotoRefused]) -> None:
    with pytest.raises(refusal) as refused:
        read_photo("照片.jpg", content)
    assert "照片.jpg" in refused.value.sentence("zh")


@pytest.mark.parametrize("kind", ["PNG", "HEIF"])
def test_one_of_more_pixels_than_are_decoded_is_refused_before(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    content = photo(kind=kind)
    monkeypatch.setattr(module, "_MOST_PIXELS", {kind: 1000, "JPEG": 10**9})
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(PhotoTooManyPixels):
        read_photo("a.png", content)


def test_how_large_a_photo_is_is_told_and_what_is_the_most() -> None:
    with pytest.raises(PhotoTooLarge) as large:
        read_photo("a.jpg", b"\xff" * (21 * 1024 * 1024))
    assert large.value.sentence("zh").startswith("照片“a.jpg”太大（21.0 MB），最大 20 MB")
    with pytest.raises(PhotoTooManyPixels) as wide:
        read_photo("b.png", _bomb())
    assert "（900,000,000），最多 25,000,000，" in wide.value.sentence("zh")
    assert "(900,000,000). The limit is 25,000,000:" in wide.value.sentence("en")


@given(st.integers(2, 600), st.binary(min_size=1, max_size=40))
def test_metadata_of_nonsense_break_nothing(place: int, nonsense: bytes) -> None:
    """A photo whose head is overwritten is read, or refused in words."""
    whole = bytearray(_WHOLE)
    whole[place : place + len(nonsense)] = nonsense
    try:
        read = read_photo("a.jpg", bytes(whole))
    except PhotoRefused:
        return
    assert read.lon is None or -180 <= read.lon <= 180
    assert len(read.phash) == 16


def test_no_metadata_keep_a_good_photo_from_being_read() -> None:
    """Tags of another kind than they say, a clock at the end of time: the pixels are whole, and they are taken."""
    start, end = _WHOLE.find(b"Exif\0\0") + 6, _WHOLE.find(b"\xff\xdb")
    drawn = random.Random(5)
    for _ in range(400):
        odd = bytearray(_WHOLE)
        for _ in range(drawn.choice((1, 2, 4))):
            odd[drawn.randrange(start, end)] = drawn.choice((0, 255, drawn.randrange(256)))
        read = read_photo("a.jpg", bytes(odd))
        assert sorted((read.width, read.height)) == [60, 80]


_WHOLE = photo(at=PLACE, taken=dt.datetime(2026, 11, 3, 9), size=(80, 60))


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.jpg", "…\u202egpj.exe", "", "名" * 400])
def test_names_are_made_plain(name: str) -> None:
    kept = read_photo(name, _WHOLE).name
    assert 0 < len(kept) <= 120
    assert not set(kept) & set("/\\\x00\u202e")
