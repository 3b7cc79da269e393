"""The review of a parcel: who has it, the steps that the person may take, each with remark and attachments."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from analysis.parcel_review import WAITING, ReviewAction
from base.errors import XiangtuError
from i18n import Lang, tr
from layers.codes import ReviewState
from pages import formats
from pages.conflict import Kept, choose_version
from pages.parcels_check import DONE
from pages.parcels_list import SERIAL, TABLE
from pages.parcels_quota import draw_allotment
from pages.parcels_words import due_words
from pages.shell import person
from pages.uploads import file_uploaders
from store.engine import changing, reading
from store.errors import NotAllowed
from store.land import reviews
from store.land.attachments import LARGEST_BYTES, MEDIA_TYPES, Attachment, accepted
from store.land.review_errors import ReviewMovedOn
from store.land.reviews import LONGEST_REMARK, Review, actions_for
from store.working_days import working_days

STATE_COLORS = {
    ReviewState.DRAFT: "gray",
    ReviewState.SUBMITTED: "blue",
    ReviewState.EXAMINED: "violet",
    ReviewState.APPROVED: "green",
    ReviewState.RETURNED: "orange",
    ReviewState.WITHDRAWN: "gray",
}
_STEPS: dict[ReviewAction, Callable[..., Review]] = {
    ReviewAction.SUBMIT: reviews.submit,
    ReviewAction.EXAMINE: reviews.examine,
    ReviewAction.APPROVE: reviews.approve,
    ReviewAction.RETURN: reviews.return_,
    ReviewAction.WITHDRAW: reviews.withdraw,
    ReviewAction.REVOKE: reviews.revoke,
}
_ICONS = {
    ReviewAction.SUBMIT: "send",
    ReviewAction.EXAMINE: "task_alt",
    ReviewAction.APPROVE: "approval",
    ReviewAction.RETURN: "reply",
    ReviewAction.WITHDRAW: "undo",
    ReviewAction.REVOKE: "gavel",
}
_AHEAD = (ReviewAction.SUBMIT, ReviewAction.EXAMINE, ReviewAction.APPROVE)
"""Steps that take a parcel further; the others ask for a reason, or take it back."""
_MOVED, _REFUSED = "parcels.moved", "parcels.refused"


def draw_review(seen: Review, current: Lang) -> None:
    """Draw where the parcel lies and the form of the steps that the person may take."""
    moved: tuple[Review, Review, ReviewAction] | None = st.session_state.get(_MOVED)
    if moved is not None and moved[0].parcel_no == seen.parcel_no:
        _compare(*moved, current)
        return
    if refusal := st.session_state.pop(_REFUSED, None):
        st.error(formats.plain(refusal), icon=":material/block:")
    _where(seen, current)
    actions = actions_for(seen, person())
    if not actions:
        return
    if ReviewAction.APPROVE in actions:
        with reading() as connection:
            draw_allotment(connection, seen, current)
    _warn(seen, actions, current)
    _form(seen, actions, current)


def _where(seen: Review, current: Lang) -> None:
    """Who has the parcel now, since when and until when; what the last one said."""
    office = WAITING.get(seen.state)
    if office is not None:
        said = tr(
            "parcels.waits",
            current,
            office=tr(f"reviews.office_{office}", current),
            due=due_words(seen.due_on, current),
        )
        tell = st.error if seen.overdue else st.info
        tell(formats.plain(said), icon=":material/schedule:")
        if seen.due_on is not None and not working_days().knows(seen.due_on):
            st.caption(tr("parcels.holidays_unknown", current, year=seen.due_on.year))
    if seen.changed_since_approved:
        st.error(tr("parcels.changed_since_approved", current), icon=":material/difference:")
    last = seen.last
    if last is None:
        st.caption(tr("parcels.never_submitted", current))
        return
    said = tr(
        "parcels.last_step",
        current,
        at=formats.moment(last.at, current),
        who=last.made_by,
        action=last.action.text.get(current),
    )
    st.caption(formats.plain(said))
    if last.remark:
        if last.action in (ReviewAction.RETURN, ReviewAction.REVOKE):
            words = tr("parcels.returned_because", current, remark=last.remark)
            st.warning(formats.plain(words), icon=":material/reply:")
        else:
            st.markdown(formats.plain(tr("parcels.remark_was", current, remark=last.remark)))


def _warn(seen: Review, actions: Sequence[ReviewAction], current: Lang) -> None:
    """Say before the form what will refuse the step, or asks for a remark."""
    if not set(_AHEAD) & set(actions):
        return
    if seen.changed_since_submitted and ReviewAction.SUBMIT not in actions:
        st.warning(tr("parcels.changed_since", current), icon=":material/difference:")
    if seen.check is None or not seen.check.present:
        st.warning(tr("parcels.check_first", current), icon=":material/fact_check:")
        return
    if seen.check.prohibited:
        key = "parcels.prohibited_approve" if ReviewAction.APPROVE in actions else "parcels.prohibited"
        st.error(tr(key, current, number=seen.check.prohibited), icon=":material/dangerous:")
    elif seen.check.restricted:
        st.warning(
            tr("parcels.restricted", current, number=seen.check.restricted), icon=":material/edit_note:"
        )


def _form(seen: Review, actions: Sequence[ReviewAction], current: Lang) -> None:
    ordered = sorted(actions, key=lambda one: one not in _AHEAD)
    with st.form(f"parcels.review.{seen.parcel_no}.{seen.version}", border=True):
        remark = st.text_area(
            tr("parcels.remark", current),
            max_chars=LONGEST_REMARK,
            height=90,
            help=tr("parcels.remark_help", current),
            key=f"parcels.remark.{seen.parcel_no}.{seen.version}",
        )
        files = file_uploaders(
            tr("parcels.attach", current),
            list(MEDIA_TYPES),
            f"parcels.files.{seen.version}",
            current,
            LARGEST_BYTES // 1024**2,
        )
        asked = None
        with st.container(horizontal=True):
            for action in ordered:
                if st.form_submit_button(
                    action.text.get(current),
                    type="primary" if action in _AHEAD else "secondary",
                    icon=f":material/{_ICONS[action]}:",
                    key=f"parcels.do.{action}",
                ):
                    asked = action
    if asked is not None:
        take(seen, asked, remark or "", files, current)


def take(
    seen: Review, action: ReviewAction, remark: str, files: Sequence[UploadedFile], current: Lang
) -> None:
    """Take a step; if somebody was quicker, both are shown, and nothing is taken."""
    try:
        attached: list[Attachment] = [accepted(one.name, one.getvalue()) for one in files]
        with changing() as connection:
            now = _STEPS[action](connection, seen, remark, attached)
    except ReviewMovedOn as other:
        st.session_state[_MOVED] = (other.now, seen, action)
        st.rerun()
    except NotAllowed as refused:
        st.error(formats.plain(refused.sentence(current)), icon=":material/block:")
        return
    except XiangtuError as refused:
        # The parcel or its check may have changed: what is on screen is read anew, and the reason said above it.
        st.session_state[_REFUSED] = refused.sentence(current)
        st.rerun()
    st.session_state[DONE] = tr(
        "parcels.done",
        current,
        name=now.name,
        action=action.text.get(current),
        state=now.state.text.get(current),
    )
    st.session_state[TABLE] += 1
    st.rerun()


def _compare(now: Review, seen: Review, action: ReviewAction, current: Lang) -> None:
    """What somebody else did meanwhile, beside what was to be done here; looking at it anew is the only way on."""
    kept = choose_version(
        ReviewMovedOn(now), comparison(now, seen, action, current), "parcels", current, over=False
    )
    if kept is Kept.THEIRS:
        st.session_state.pop(_MOVED)
        st.session_state[TABLE] += 1
        st.session_state[SERIAL] += 1
        st.rerun()


def comparison(now: Review, seen: Review, action: ReviewAction, lang: Lang) -> pd.DataFrame:
    """The step that was taken beside the one that was not, as Markdown."""
    last = now.last
    theirs = [
        "—" if last is None else last.made_by,
        "—" if last is None else last.action.text.get(lang),
        now.state.text.get(lang),
        "—" if last is None or not last.remark else last.remark,
    ]
    mine = [person().display_name, action.text.get(lang), seen.state.text.get(lang), "—"]
    return pd.DataFrame(
        {
            tr("planning.part", lang): [
                tr(f"parcels.{part}", lang) for part in ("step_who", "step_action", "state", "remark")
            ],
            tr("pages.people.theirs", lang): [f"**{formats.plain(one)}**" for one in theirs],
            tr("pages.people.mine", lang): [formats.plain(one) for one in mine],
        }
    )
