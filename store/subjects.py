"""Subjects: whom a city's identity provider vouches for, and the account that person signs in to."""

import sqlalchemy as sa

from i18n import tr
from store import record
from store.errors import StoreError, UnknownAccount


class SubjectTaken(StoreError):
    """Another account is linked to that subject."""

    key = "web.oidc_subject_taken"


class BadSubject(StoreError):
    """Not of the form ``https://provider|person``."""

    key = "web.oidc_subject_bad"


def account_of_subject(connection: sa.Connection, subject: str) -> tuple[int, str] | None:
    """Id and name of the account linked to a subject; None if there is none, or it is disabled."""
    row = connection.execute(
        sa.text("SELECT id, name FROM access.accounts WHERE subject = :subject AND NOT disabled"),
        {"subject": subject},
    ).first()
    return None if row is None else (row.id, row.name)


def link(connection: sa.Connection, account_id: int, subject: str, *, by: str | None = None) -> None:
    """Let a subject sign in to an account, in place of whoever was linked to it before.

    A first password that nobody has changed yet ends: the person has a better way in. A password that somebody
    chose stays.

    Parameters
    ----------
    connection : the owner's.
    subject : ``issuer|sub``, as the refusal of an unlinked person names it.
    by : who is recorded; the command line if nobody is named.

    Raises
    ------
    BadSubject : the subject cannot be one.
    UnknownAccount : no account has that id.
    SubjectTaken : another account is linked to the subject.
    """
    subject = subject.strip()
    issuer, _, person = subject.partition("|")
    if not issuer.startswith(("https://", "http://")) or not person or not subject.isprintable():
        raise BadSubject(subject=subject[:200])
    held = connection.execute(
        sa.text("SELECT name, subject FROM access.accounts WHERE id = :id FOR UPDATE"), {"id": account_id}
    ).first()
    if held is None:
        raise UnknownAccount(name=account_id)
    other = connection.scalar(
        sa.text("SELECT name FROM access.accounts WHERE subject = :subject AND id <> :id"),
        {"id": account_id, "subject": subject},
    )
    if other is not None:
        raise SubjectTaken(name=other)
    connection.execute(
        sa.text(
            "UPDATE access.accounts SET subject = :subject, version = version + 1, must_change = false, "
            "password_hash = CASE WHEN must_change THEN NULL ELSE password_hash END WHERE id = :id"
        ),
        {"id": account_id, "subject": subject},
    )
    record.note_for(
        connection,
        None,
        by or tr("import.by_command", "zh"),
        "account_changed",
        "account",
        account_id,
        before={"name": held.name, "subject": held.subject},
        after={"name": held.name, "subject": subject},
    )
