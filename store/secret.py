"""The installation's secret: signs cookies and forms, and seals the record. It is never in the database."""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from base.settings import settings

_FILE = "secret.key"


@cache
def _secret() -> bytes:
    chosen = settings()
    if chosen.secret is not None:
        return chosen.secret.get_secret_value().encode()
    return _kept(chosen.data_dir / _FILE)


def _kept(path: Path) -> bytes:
    """The secret of a data folder, made when it is first asked for; two processes make one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(opened, "wb") as made:
        made.write(secrets.token_hex(32).encode())
    return path.read_bytes()


def key_for(purpose: str) -> bytes:
    """A key of 32 bytes for one purpose, so that no purpose can stand in for another (HKDF's idea, RFC 5869)."""
    return hmac.new(_secret(), purpose.encode(), hashlib.sha256).digest()
