"""Tests, as one package; its secret is one for the tests and for the servers that they start."""

import os
import secrets

# Before anything reads the settings, which are read once.
os.environ.setdefault("XIANGTU_SECRET", secrets.token_hex(32))
