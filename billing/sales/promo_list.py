"""Promotion codes as their owner keeps them: made, ended, listed with what they brought."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from billing.models import Invoice, InvoiceDiscount
from config import audit
from config.audit import SYSTEM, Actor
from config.db import db, insert_many
from config.errors import FieldProblem, Invalid, NotFound, Refused
from config.ids import new_id
from config.money import PPM
from membership.models import PromoCode, PromoGroupMember, PromoUse
from membership.plans import promos
from membership.rules import people
from membership.rules.discount import Code

MOST_PERIODS = 36
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,29}")


@dataclass(frozen=True, slots=True)
class NewCode:
    """What a code shall be: `amount_cents` of `currency` or `percent_ppm` comes off.

    With `group`, the e-mail addresses it is for, it has a `group_name`; else it is for everybody.
    """

    code: str
    name: str
    amount_cents: int | None
    percent_ppm: int | None
    currency: str | None
    periods: int
    scope: str
    products: Sequence[str]
    group_name: str | None
    group: Sequence[str]
    location_id: UUID | None
    valid_from: date
    valid_until: date | None
    max_uses: int | None


class Listed(NamedTuple):
    """A code with how often it was used and what it has taken off, by currency, in minor units."""

    row: PromoCode
    used: int
    off_cents: int


def create(new: NewCode, *, by: Actor, now: datetime) -> UUID:
    """Make a code, in the caller's transaction; its terms never change.

    Invalid names the field; Refused("code_taken") where there is one of this name.
    """
    row = _row(new, by=by, now=now)
    db.session.add(row)
    try:
        db.session.flush()
    except IntegrityError as twice:
        raise Refused("code_taken", "There is a code of this name already.") from twice
    keys = sorted({people.mailbox(address) for address in new.group})
    if keys:
        insert_many(PromoGroupMember, [{"promo_id": row.id, "email_key": key} for key in keys])
    _record(row, "promo.created", by=by, now=now)
    return row.id


def proposed(new: NewCode, *, now: datetime) -> Code:
    """What a code would be, to be looked at; nothing is stored. Invalid as `create` is."""
    return promos.value_of(_row(new, by=SYSTEM, now=now))


def end(promo_id: UUID, *, on: date, by: Actor, now: datetime) -> None:
    """Take a code out of use from `on`; what was sold with it keeps its price. NotFound."""
    query = sa.select(PromoCode).where(PromoCode.id == promo_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound("code")
    last = on - timedelta(days=1)
    if row.valid_until is not None and row.valid_until <= last:
        return
    row.valid_until = last
    db.session.flush()
    _record(row, "promo.ended", by=by, now=now)


def listed() -> list[Listed]:
    """Every code, newest first, with what it brought."""
    used = (
        sa.select(sa.func.count(PromoUse.id))
        .where(PromoUse.promo_id == PromoCode.id, PromoUse.state == "used")
        .scalar_subquery()
    )
    off = (
        sa.select(sa.func.coalesce(sa.func.sum(InvoiceDiscount.amount_cents), 0))
        .join(Invoice, Invoice.id == InvoiceDiscount.invoice_id)
        .where(InvoiceDiscount.promo_id == PromoCode.id, Invoice.state != "draft")
        .scalar_subquery()
    )
    query = sa.select(PromoCode, used, off).order_by(PromoCode.id.desc())
    return [Listed(row, count, int(cents)) for row, count, cents in db.session.execute(query)]


def _row(new: NewCode, *, by: Actor, now: datetime) -> PromoCode:
    code = promos.written(new.code)
    problems = list(_problems(new, code))
    if problems:
        raise Invalid(fields=problems)
    return PromoCode(
        id=new_id(),
        code=code,
        name=new.name.strip(),
        kind="amount" if new.amount_cents is not None else "percent",
        amount_cents=new.amount_cents,
        percent_ppm=new.percent_ppm,
        currency=new.currency,
        periods=new.periods,
        scope=new.scope,
        products=list(new.products) or None,
        audience="group" if new.group_name else "open",
        group_name=new.group_name,
        location_id=new.location_id,
        valid_from=new.valid_from,
        valid_until=new.valid_until,
        max_uses=new.max_uses,
        uses=0,
        created_by=by.id,
        created_at=now,
    )


def _problems(new: NewCode, code: str) -> Iterator[FieldProblem]:
    if not _CODE.fullmatch(code):
        yield FieldProblem("/code", "Use 3 to 30 letters, digits and hyphens.")
    if not new.name.strip() or len(new.name.strip()) > 80:
        yield FieldProblem("/name", "Give it a name of at most 80 characters.")
    if (new.amount_cents is None) == (new.percent_ppm is None):
        yield FieldProblem("/amount", "Give an amount or a percentage, and not both.")
    if new.amount_cents is not None and (new.amount_cents <= 0 or new.currency is None):
        yield FieldProblem("/amount", "Give an amount above nothing.")
    if new.percent_ppm is not None and not 0 < new.percent_ppm < PPM:
        yield FieldProblem("/percent", "Give a percentage above 0 and below 100.")
    if not 1 <= new.periods <= MOST_PERIODS:
        yield FieldProblem("/periods", f"Give 1 to {MOST_PERIODS} periods.")
    if new.valid_until is not None and new.valid_until < new.valid_from:
        yield FieldProblem("/valid_until", "The last day is before the first.")
    if new.max_uses is not None and new.max_uses < 1:
        yield FieldProblem("/max_uses", "Give 1 at least, or leave it empty.")
    if bool(new.group_name) != bool(new.group):
        yield FieldProblem("/group", "A group has a name and the e-mail addresses in it.")


def _record(row: PromoCode, action: str, *, by: Actor, now: datetime) -> None:
    audit.record(
        actor=by,
        action=action,
        subject_type="promo_code",
        subject_id=row.id,
        location_id=row.location_id,
        facts={"code": row.code, "valid_until": str(row.valid_until)},
        now=now,
    )
