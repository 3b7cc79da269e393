"""The fonts of a Word document: every style names a Chinese font, with one to fall back on where it is missing."""

from docx.document import Document as Paper
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from i18n import Lang

CHINESE, LATIN = "微软雅黑", "Calibri"
"""Fonts that machines with Word have."""
FALLBACKS = {CHINESE: "Noto Sans CJK SC", LATIN: "Carlito"}
"""What a machine without them uses, as the font table says."""
_SIZES = {"Normal": 10.5, "Title": 22, "Subtitle": 10, "Heading 1": 14, "Caption": 9, "List Bullet": 10.5}
_GREEN, _FAINT = RGBColor(0x0B, 0x6E, 0x4F), RGBColor(0x64, 0x74, 0x8B)
_BODY = ("Normal", "List Bullet")
_COLORS = {"Title": _GREEN, "Heading 1": _GREEN, "Caption": _FAINT, "Subtitle": _FAINT}


def name_fonts(paper: Paper, lang: Lang) -> None:
    """Set fonts, sizes, colours and the language of the styles that briefings use."""
    for name, size in _SIZES.items():
        style = paper.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.italic = False
        if name in _BODY:
            style.paragraph_format.space_after, style.paragraph_format.line_spacing = Pt(4), 1.2
        if name in _COLORS:
            style.font.color.rgb = _COLORS[name]
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "cs"):
            fonts.set(qn(f"w:{script}"), LATIN)
        fonts.set(qn("w:eastAsia"), CHINESE)
        for earlier in properties.findall(qn("w:lang")):
            properties.remove(earlier)
        spoken = OxmlElement("w:lang")
        spoken.set(qn("w:val"), "en-GB")
        spoken.set(qn("w:eastAsia"), "zh-CN" if lang == "zh" else "en-GB")
        properties.append(spoken)
    _fall_back(paper)


def _fall_back(paper: Paper) -> None:
    """Name the fonts to fall back on in the font table."""
    part = paper.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    table = parse_xml(part.blob)
    for name, other in FALLBACKS.items():
        for known in table.findall(qn("w:font")):
            if known.get(qn("w:name")) == name:
                table.remove(known)
        font, instead = OxmlElement("w:font"), OxmlElement("w:altName")
        font.set(qn("w:name"), name)
        instead.set(qn("w:val"), other)
        font.append(instead)
        table.append(font)
    part._blob = serialize_part_xml(table)
