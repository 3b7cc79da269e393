"""Tests, as one package; secret and folder of rasters are one for the tests and the servers that they start."""

import os
import secrets

from tests.folders import folder_of_run

# Before anything reads the settings, which are read once.
os.environ.setdefault("XIANGTU_SECRET", secrets.token_hex(32))
os.environ.setdefault("XIANGTU_RASTER_DIR", str(folder_of_run() / "rasters"))
