"""Whether a member may come in now, what the session is taken from, and what the desk sees."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from membership.rules import answers, membership_status, pack_status
from membership.rules.credits import in_order_of_use, is_usable
from membership.rules.visit_values import CheckInPreview, HeldPlan, Source

# How long a desk may take its own check-in back.
UNDO_WITHIN = timedelta(minutes=10)
REASONS: Final[Mapping[str, str]] = {
    **membership_status.REFUSALS,
    **pack_status.REFUSALS,
    "ok": "Ready for a session.",
    "grace": "The last payment is open: please mention it. Sessions go on for now.",
    "pack_instead": "The plan rests until its open invoice is paid; a pack is used instead.",
    "again_today": "Checked in earlier today: this would be another session.",
    "credits_exhausted": "No session left for now.",
    "nothing_held": "No pack or plan yet.",
    "disputed": "Its payment is disputed at the bank: these sessions rest until that is decided.",
}


def request_key(member_id: UUID, *, location_id: UUID, on: date, earlier_visits: int) -> str:
    """Names the next check-in of this member here today; every open page makes the same one.

    `earlier_visits` counts those of the day, taken-back ones too: two tabs opened before a
    check-in send one key, a page opened after it sends another.
    """
    told = f"{member_id}:{location_id}:{on.isoformat()}:{earlier_visits}"
    return hashlib.sha256(told.encode()).hexdigest()


def decide(
    sources: Sequence[Source],
    plan: HeldPlan | None,
    *,
    location_id: UUID,
    on: date,
    last_today_at: datetime | None,
) -> CheckInPreview:
    """Unlimited plans go first, then credits in their order; a rested plan leaves the packs."""
    if plan is not None and _unlimited_now(plan, on):
        code = _amber_code(plan, None, last_today_at)
        return CheckInPreview(
            allowed=True,
            light="amber" if code else "green",
            code=code or "ok",
            reason=REASONS[code or "ok"],
            source=plan.name,
            membership_id=plan.membership_id,
            last_today_at=last_today_at,
        )
    by_id = {source.credit.id: source for source in sources}
    usable = [s.credit for s in sources if is_usable(s.credit, location_id=location_id, on=on)]
    ordered = [by_id[credit.id] for credit in in_order_of_use(usable)]
    for source in ordered:
        if refusal_of(source) is None:
            return _from_credit(source, plan, last_today_at)
    return _refused(ordered, plan, last_today_at)


def _unlimited_now(plan: HeldPlan, on: date) -> bool:
    return (
        plan.unlimited
        and not _plan_refusal(plan.status, plan.disputed)
        and plan.begins is not None
        and plan.begins <= on
        and (plan.ends_on is None or on < plan.ends_on)
    )


def _from_credit(
    source: Source, plan: HeldPlan | None, last_today_at: datetime | None
) -> CheckInPreview:
    code = _amber_code(plan, source, last_today_at)
    return CheckInPreview(
        allowed=True,
        light="amber" if code else "green",
        code=code or "ok",
        reason=REASONS[code or "ok"],
        source=source.name,
        grant_id=source.credit.id,
        pack_id=source.pack_id,
        membership_id=source.membership_id,
        quantity=source.quantity,
        left=source.credit.remaining,
        left_after=source.credit.remaining - 1,
        valid_until=source.credit.valid_until,
        last_today_at=last_today_at,
    )


def _amber_code(
    plan: HeldPlan | None, source: Source | None, last_today_at: datetime | None
) -> str | None:
    """Why the desk should look up although the member may come in; the gravest reason."""
    if plan is not None and plan.status == "locked" and source is not None:
        return "disputed" if plan.disputed else "pack_instead"
    if plan is not None and plan.status == "grace":
        return "grace"
    return "again_today" if last_today_at is not None else None


def refusal_of(source: Source) -> str | None:
    """Why these credits, though left and in date, cannot be used now."""
    if source.plan_status is not None:
        return _plan_refusal(source.plan_status, source.disputed)
    if source.pack_state is None:
        return None
    if source.disputed:
        return "disputed"
    again = source.pack_kind == "starter" and source.used_today
    answer = pack_status.answer(source.pack_state, "redeem_again_today" if again else "redeem")
    return answer.code if isinstance(answer, answers.Refuses) else None


def _plan_refusal(status: str, disputed: bool) -> str | None:
    answer = membership_status.answer(status, "check_in")
    if not isinstance(answer, answers.Refuses):
        return None
    return "disputed" if disputed and answer.code == "locked" else answer.code


def _why_not(ordered: Sequence[Source], plan: HeldPlan | None) -> str:
    """The first refused credit says why; without one the plan does, if it may not be used."""
    for source in ordered:
        code = refusal_of(source)
        if code is not None:
            return code
    if plan is None:
        return "nothing_held"
    return _plan_refusal(plan.status, plan.disputed) or "credits_exhausted"


def _refused(
    ordered: Sequence[Source], plan: HeldPlan | None, last_today_at: datetime | None
) -> CheckInPreview:
    """Red, with what is held all the same: the desk should see what the member speaks of."""
    code = _why_not(ordered, plan)
    first = ordered[0] if ordered else None
    return CheckInPreview(
        allowed=False,
        light="red",
        code=code,
        reason=REASONS[code],
        source=first.name if first else plan.name if plan else None,
        quantity=first.quantity if first else None,
        left=first.credit.remaining if first else None,
        valid_until=first.credit.valid_until if first else None,
        last_today_at=last_today_at,
    )
