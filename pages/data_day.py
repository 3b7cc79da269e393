"""The data's day: until when the data reach, as of which pages judge what is late; the same on all of them."""

import datetime as dt

from analysis.progress.leading import data_day
from i18n import Lang, tr
from pages import formats
from store.progress.leaders import Stamp

OLD_DAYS = 60
"""Data older than this are said to be old."""


def day_of(at: Stamp) -> dt.date:
    """The later of the last snapshot and the newest accepted report, never after today; today without either."""
    return data_day(formats.today(), at.as_of, at.reported_on)


def day_words(day: dt.date, current: Lang) -> str:
    """The day in words."""
    return tr("overview.data_day", current, day=day.isoformat())


def age_words(day: dt.date, current: Lang) -> str:
    """How old the data are, where they are old; else nothing."""
    days = (formats.today() - day).days
    return tr("overview.old", current, days=days) if days > OLD_DAYS else ""
