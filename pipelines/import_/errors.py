"""Why a file is refused as a whole; single rows are findings, not errors."""

from enum import StrEnum

from base.errors import XiangtuError
from i18n import Lang, Text, tr


class Refusal(StrEnum):
    """Reasons for refusing a file; the sentence of each is ``import.refused.<value>``."""

    UNKNOWN_FORMAT = "unknown_format"
    CONTENT_MISMATCH = "content_mismatch"
    TOO_LARGE = "too_large"
    EMPTY_FILE = "empty_file"
    NO_ROWS = "no_rows"
    ZIP_DAMAGED = "zip_damaged"
    ZIP_ENCRYPTED = "zip_encrypted"
    ZIP_TRAVERSAL = "zip_traversal"
    ZIP_LINK = "zip_link"
    ZIP_NESTED = "zip_nested"
    ZIP_ENTRIES = "zip_entries"
    ZIP_BOMB = "zip_bomb"
    NO_SHAPEFILE = "no_shapefile"
    PART_MISSING = "part_missing"
    PARTS_DISAGREE = "parts_disagree"
    LAYER_UNKNOWN = "layer_unknown"
    LAYER_CHOICE = "layer_choice"
    UNREADABLE = "unreadable"
    ENCODING = "encoding"
    CSV_QUOTES = "csv_quotes"
    CSV_WIDTH = "csv_width"
    NO_HEADINGS = "no_headings"
    MEMORY = "memory"
    TIMEOUT = "timeout"
    READER_DIED = "reader_died"
    COLUMNS_MISSING = "columns_missing"
    PLACE_MISSING = "place_missing"
    COORDINATES_MISSING = "coordinates_missing"
    GEOMETRY_MISSING = "geometry_missing"
    WRONG_GEOMETRY = "wrong_geometry"
    CRS_UNKNOWN = "crs_unknown"
    CRS_NOT_GUESSED = "crs_not_guessed"
    NO_ADMIN_UNITS = "no_admin_units"
    BOUNDARY_FAULTS = "boundary_faults"
    KEYS_TAKEN = "keys_taken"


class FileRefused(XiangtuError):
    """The file cannot be taken; `reason` says why and the sentence names the mend. Values may be `Text`."""

    def __init__(self, reason: Refusal | str, **values: object) -> None:
        self.reason = Refusal(reason)
        self.key = f"import.refused.{self.reason}"
        super().__init__(**values)

    def sentence(self, lang: Lang) -> str:
        """Return the message in `lang`."""
        said = {name: v.get(lang) if isinstance(v, Text) else v for name, v in self.values.items()}
        return tr(self.key, lang, **said)
