"""Pages made by Typst, without network; what they say enters as files, so that it can never become code."""

from collections.abc import Mapping, Sequence
from functools import cache

import typst

from base.errors import XiangtuError

FONT = "Noto Sans CJK SC"


class FontMissing(XiangtuError):
    """The font that reports are set in is not installed."""

    key = "paper.font_missing"


def pdf(files: Mapping[str, bytes]) -> bytes:
    """Return the PDF of a document.

    Parameters
    ----------
    files : by name; ``main`` is the Typst source that reads the others.

    Raises
    ------
    FontMissing : the machine has no Chinese font, without which the PDF would be full of boxes.
    """
    made = typst.compile(dict(files), format="pdf", font_paths=_fonts())  # type: ignore[arg-type]
    assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
    return made


def pictures(files: Mapping[str, bytes], ppi: float) -> list[bytes]:
    """The same pages as PNG pictures of `ppi` pixels an inch, for a look before printing.

    Raises
    ------
    FontMissing : as for `pdf`.
    """
    made = typst.compile(dict(files), format="png", ppi=ppi, font_paths=_fonts())  # type: ignore[arg-type]
    return made if isinstance(made, list) else [made]  # type: ignore[list-item]


def svg_pictures(svgs: Sequence[str], ppi: float = 200) -> list[bytes]:
    """Pictures of ours as PNG, in one run of Typst.

    Raises
    ------
    FontMissing : as for `pdf`.
    """
    if not svgs:
        return []
    files = {f"{index}.svg": svg.encode() for index, svg in enumerate(svgs)}
    shown = "\n#pagebreak()\n".join(f'#image("{name}")' for name in files)
    return pictures(
        {"main": f"#set page(width: auto, height: auto, margin: 0pt)\n{shown}".encode(), **files}, ppi
    )


@cache
def _fonts() -> "typst.Fonts":
    """The machine's fonts, looked for once."""
    found = typst.Fonts()
    if FONT not in found.families():
        raise FontMissing(name=FONT)
    return found
