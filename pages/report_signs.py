"""What a report that waits would bring to light if it were accepted, said to whoever checks it."""

import pandas as pd

from analysis.progress.signs import signs_of_report
from i18n import Lang
from pages import formats
from pages.tracking_read import read_followed
from pages.tracking_signs import kind_words, reason
from store.progress.reports import Report


def sign_sentences(seen: Report, current: Lang) -> list[str]:
    """One sentence for each sign of a report; empty for a project that is not followed any more."""
    held = read_followed(formats.today()).held
    if seen.project_id not in held.projects.index:
        return []
    local = seen.submitted_at.astimezone(formats.SCREEN_ZONE)
    waiting = pd.DataFrame(
        {
            "report_id": [seen.id],
            "project_id": [seen.project_id],
            "admin_code": [seen.admin_code],
            "period": [pd.Timestamp(seen.period)],
            "reported_on": [pd.Timestamp(seen.reported_on)],
            "percent": [float(seen.percent)],
            "paid_yuan": [float(seen.paid_yuan)],
            "milestones": [list(seen.milestones)],
            "note": [seen.note],
            "fall_reason": [seen.fall_reason],
            "photos": [seen.photos],
            "submitted_on": [pd.Timestamp(local.date())],
            "checked_at": [pd.NaT],
        }
    )
    found = signs_of_report(held.projects, held.milestones, held.reports, waiting, formats.today())
    titles = held.projects["name"].to_dict()
    return [f"{kind_words(one.kind, current)} · {reason(one, titles, current)}" for one in found]
