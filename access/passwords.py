"""Passwords: argon2id hashes and the rules for new ones (GB/T 22239-2019, 等保 2.0 level 3, 8.1.4.1)."""

import re
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from base.errors import XiangtuError

MIN_LENGTH, MAX_LENGTH = 10, 128
KINDS_NEEDED = 3
_KINDS = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
_COMMON = (
    "password",
    "qwerty",
    "123456",
    "abcdef",
    "111111",
    "admin",
    "xiangtu",
    "iloveyou",
    "woaini",
    "qingyuan",
)
_EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_EASY_DIGITS = "23456789"


class WeakPassword(XiangtuError):
    """A new password that the rules refuse."""

    key = "access.weak_password"


class PasswordHasName(WeakPassword):
    """It holds the account's name."""

    key = "access.password_has_name"


class PasswordCommon(WeakPassword):
    """It is one of those that guessers try first."""

    key = "access.password_common"


class PasswordSame(WeakPassword):
    """It is the one that was to be changed."""

    key = "access.password_same"


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _dummy() -> str:
    """A hash that nobody's password has: unknown names take as long to refuse as known ones."""
    return _hasher().hash(secrets.token_urlsafe(32))


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its salt and cost."""
    return _hasher().hash(password)


def matches(password: str, stored: str | None) -> bool:
    """Whether a password belongs to a hash; None stands for an account that is not there, and takes as long."""
    if len(password) > MAX_LENGTH:
        password = ""
    try:
        return _hasher().verify(stored or _dummy(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def require_strong(password: str, name: str) -> None:
    """Check a new password.

    Raises
    ------
    WeakPassword, PasswordHasName, PasswordCommon : what is wrong with it.
    """
    kinds = sum(re.search(kind, password) is not None for kind in _KINDS)
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH or kinds < KINDS_NEEDED:
        raise WeakPassword(shortest=MIN_LENGTH, longest=MAX_LENGTH, kinds=KINDS_NEEDED)
    low = password.lower()
    if name.lower() in low:
        raise PasswordHasName()
    if any(word in low for word in _COMMON) or len(set(low)) < 5:
        raise PasswordCommon()


def first_password() -> str:
    """A password to hand over once: 16 letters and digits that are not mistaken for each other, and signs."""
    parts = ["".join(secrets.choice(_EASY_LETTERS) for _ in range(4)) for _ in range(2)]
    digits = "".join(secrets.choice(_EASY_DIGITS) for _ in range(4))
    return f"{parts[0].capitalize()}-{digits}-{parts[1]}"
