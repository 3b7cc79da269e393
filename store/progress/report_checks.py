"""What the county says of a monthly report: accepted, or returned for a reason; once, and by somebody else."""

import sqlalchemy as sa

from store import record
from store.progress import report_errors as errors
from store.progress.report_rows import Report, report
from store.progress.report_rules import LONGEST_TEXT, own_name


def check(
    connection: sa.Connection, report_id: int, verdict: str, remark: str = "", *, by: str = ""
) -> Report:
    """Accept or return a report, for the county; returns it with the check.

    Parameters
    ----------
    verdict : ``accepted`` or ``returned``; a return says why.

    Raises
    ------
    CheckedMeanwhile : somebody was quicker. The same person's same verdict twice is no error.
    OwnReport, Superseded, RemarkNeeded, UnknownReport, TextTooLong : what refuses it; nothing is changed.
    NotAllowed : the person does not check reports of that place.
    """
    remark = remark.strip()
    if len(remark) > LONGEST_TEXT:
        raise errors.TextTooLong(most=LONGEST_TEXT, number=len(remark))
    record.take_turn(connection)
    seen = report(connection, report_id)
    me = connection.scalar(sa.text("SELECT access.account()"))
    if seen.check is not None:
        if me is not None and (seen.check.account_id, seen.check.verdict) == (me, verdict):
            return seen
        raise errors.CheckedMeanwhile(seen, seen.check.verdict)
    try:
        with connection.begin_nested():
            connection.execute(
                sa.text(
                    "INSERT INTO xiangtu.progress_checks (report_id, admin_code, verdict, remark, checked_by) "
                    "VALUES (:id, :code, :verdict, :remark, :by)"
                ),
                {
                    "id": report_id,
                    "code": seen.admin_code,
                    "verdict": verdict,
                    "remark": remark,
                    "by": by or own_name(connection),
                },
            )
    except sa.exc.DBAPIError as error:
        refusal = _CHECK_REFUSALS.get(_state(error))
        if refusal is not None:
            raise refusal(number=report_id) from error
        raise
    record.note(
        connection,
        f"report_{verdict}",
        "progress_report",
        report_id,
        after={"project": seen.project_code, "month": f"{seen.period:%Y-%m}"},
        reason=remark or None,
    )
    return report(connection, report_id)


_CHECK_REFUSALS: dict[str, type[errors.ReportError]] = {
    "XP012": errors.OwnReport,
    "XP013": errors.Superseded,
    "XP014": errors.RemarkNeeded,
}


def _state(error: sa.exc.DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", ""))
