"""Quota of a parcel under review: allotted with the approval, given back with a revocation, in 亩."""

from decimal import Decimal

import sqlalchemy as sa

from analysis import quota
from i18n import tr
from layers.codes import ParcelUse, QuotaKind
from store.land import ledger
from store.land.ledger_errors import Overdrawn
from store.land.review_errors import NoQuota


def allot(
    connection: sa.Connection,
    *,
    parcel_no: str,
    admin_code: str,
    kind: QuotaKind,
    lot: str,
    use: ParcelUse | None,
    area_mu: Decimal,
    remark: str,
) -> int:
    """Allot a parcel's whole area out of its township's account or, where that has too little, its county's.

    Never out of both: a parcel's quota is one posting of one unit. Returns the posting's number.

    Parameters
    ----------
    admin_code : 12-digit code of the parcel's village.
    lot : number of the consolidation project, for saved quota.
    area_mu : ellipsoidal area, to 0.01 亩, halves up.
    remark : the approval's; the reason where saved quota goes to another use than the villages' own.

    Raises
    ------
    NoQuota : neither has enough; says what each of the two has.
    QuotaError : the parcel's kind of quota, lot, area or use does not make a posting.
    """
    short: list[Overdrawn] = []
    for unit in (f"{admin_code[:9]}000", f"{admin_code[:6]}000000"):
        new = quota.allotted(
            kind,
            unit,
            parcel_no,
            area_mu,
            ledger.today(),
            use,
            lot=lot if kind in quota.COUNTY_KINDS else "",
            reason=remark,
            reference=tr("reviews.posting_reference", "zh", parcel=parcel_no),
        )
        try:
            return ledger.post(connection, new, part_of=ledger.PartOf.APPROVAL)
        except Overdrawn as error:
            short.append(error)
    raise NoQuota(
        parcel_no,
        kind,
        area_mu,
        [(str(error.values["unit"]), Decimal(str(error.values["there"]))) for error in short],
    )


def give_back(connection: sa.Connection, posting_id: int, reason: str) -> int:
    """Reverse the posting of an approval; returns the number of its mirror."""
    return ledger.reverse(connection, posting_id, reason, part_of=ledger.PartOf.REVOCATION)
