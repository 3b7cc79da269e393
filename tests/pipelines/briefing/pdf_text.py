"""Reading the text of a PDF of ours back, page by page: enough of the format for what Typst writes."""

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_SIGN = re.compile(rb"/(f\d+) [\d.]+ Tf|<FEFF[^>]*>|/Lang ?\([^)]*\)|(?<!<)<([0-9A-F]+)>|\(|T[Jj]")
_ESCAPES = {b"n": 10, b"r": 13, b"t": 9, b"b": 8, b"f": 12}


def page_texts(pdf: bytes) -> list[str]:
    """Text of each page in reading order, a line break after each run of text."""
    objects = {int(found[1]): found[2] for found in _OBJECT.finditer(pdf)}
    pages = [body for body in objects.values() if re.search(rb"/Type ?/Page\b(?!s)", body)]
    return [_page(body, objects) for body in pages]


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    resources = objects[_reference(rb"/Resources", body)]
    fonts = {
        name: _letters(objects[_reference(rb"/ToUnicode", objects[int(no)])])
        for name, no in re.findall(rb"/(f\d+) (\d+) 0 R", resources)
    }
    return _read(_unpacked(objects[_reference(rb"/Contents", body)]), fonts)


def _reference(key: bytes, body: bytes) -> int:
    found = re.search(key + rb" ?(\d+) 0 R", body)
    assert found is not None, (key, body[:200])
    return int(found[1])


def _unpacked(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found is not None
    return zlib.decompress(found[1]) if b"FlateDecode" in body else found[1]


def _letters(table: bytes) -> dict[int, str]:
    """Letter by glyph code."""
    letters = {}
    for code, letter in re.findall(rb"<([0-9A-Fa-f]{4})> *<([0-9A-Fa-f]+)>\s", _unpacked(table)):
        letters[int(code, 16)] = bytes.fromhex(letter.decode()).decode("utf-16-be", "replace")
    return letters


def _read(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    said: list[str] = []
    font: dict[int, str] = {}
    at = 0
    while found := _SIGN.search(content, at):
        at = found.end()
        if found[1]:
            font = fonts[found[1]]
        elif found[0] in (b"TJ", b"Tj"):
            said.append("\n")
        elif found[2] or found[0] == b"(":
            raw, at = (bytes.fromhex(found[2].decode()), at) if found[2] else _string(content, at)
            codes = [raw[i] * 256 + raw[i + 1] for i in range(0, len(raw) - 1, 2)]
            assert 0 not in codes, "a glyph that the font lacks"
            said.append("".join(font[code] for code in codes))
    return "".join(said)


def _string(content: bytes, at: int) -> tuple[bytes, int]:
    """The bytes of a literal string that begins at `at`, and where it ends; brackets inside may be balanced."""
    made, depth = bytearray(), 1
    while True:
        letter = content[at : at + 1]
        at += 1
        if letter == b"\\":
            escaped = re.compile(rb"[0-7]{1,3}|.", re.DOTALL).match(content, at)
            assert escaped is not None
            at = escaped.end()
            octal = escaped[0][:1].isdigit()
            made.append(int(escaped[0], 8) if octal else _ESCAPES.get(escaped[0], escaped[0][0]))
            continue
        depth += (letter == b"(") - (letter == b")")
        if depth == 0:
            return bytes(made), at
        made += letter
