"""Two members of two studios, the staff of both, and a browser for each that distrusts answers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from uuid import UUID

import pypdf
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.test import TestResponse

from billing.models import (
    BillingRun,
    CreditNote,
    Dispute,
    FraudWarning,
    Invoice,
    Parked,
    Payment,
    PaymentIntent,
)
from config.db import db, transaction
from config.ids import new_id
from locations import people
from locations.models import Account, StaffRole
from membership.models import Consent, MemberPack, Pack, Plan, PriceRise, PrivateReason
from tests.support.databases import START
from tests.support.story import Story
from tests.support.story_promos import make_code
from tests.support.studio import PASSWORD, Studio

HTTPS = "https://localhost"
NAME = "Ana Mora"
STAFF = ("desk.sea", "manager.sea", "desk.boi", "manager.boi", "owner", "accountant")
ACTORS = ("nobody", "ana", "bob", *STAFF)
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.I)
_PASSING = re.compile(
    r'nonce="[^"]*"|name="csrf_token"[^>]*>|"csrf-token"[^>]*>|[0-9a-f-]{32,}|\S*csrf\S*'
)

# The vendor signs out whoever opens the second step without being asked for one.
SIGNS_OUT = "/tf-validate"
_ADDRESSES = count(1)


@dataclass(frozen=True, slots=True)
class Known:
    """Whose things are tried: Ana's, of Seattle; `ids` by the name they have in addresses."""

    ids: dict[str, UUID]
    member_id: UUID
    session_id: str


@dataclass(frozen=True, slots=True)
class World:
    """A running application in which all this has happened."""

    app: Flask
    known: Known

    def browser(self, actor: str) -> Browser:
        """A browser in which this actor has signed in; "nobody" has not."""
        browser = Browser(self.app.test_client())
        if actor != "nobody":
            domain = "example.com" if actor in ("ana", "bob") else "studio.example"
            answer = browser.post("/login", email=f"{actor}@{domain}", password=PASSWORD)
            assert answer.status_code == 302, actor
        return browser


class Browser:
    """Opens our addresses over TLS; an answer without its armour fails at once."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        # Each from an address of its own, or the brake on guessing would stop them all.
        self.client.environ_base["REMOTE_ADDR"] = f"2001:db8::{next(_ADDRESSES):x}"

    def get(self, path: str, **more: object) -> TestResponse:
        """Open an address."""
        return armoured(self.client.get(path, base_url=HTTPS, **more), path)  # type: ignore[arg-type]

    def post(self, path: str, *, referer: str = HTTPS + "/", **fields: str) -> TestResponse:
        """Send a form with this browser's own token."""
        fields.setdefault("csrf_token", self.token())
        answer = self.client.post(path, base_url=HTTPS, data=fields, headers={"Referer": referer})
        return armoured(answer, path)

    def token(self) -> str:
        """The token that pages of this browser carry."""
        for page in ("/join", "/login"):
            found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
            if found:
                return found[1]
        raise AssertionError("no page with a form")


def armoured(answer: TestResponse, path: str) -> TestResponse:
    """The answer, if it carries what every answer must."""
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "default-src 'none'" in policy, path
    assert "unsafe" not in policy, path
    assert "frame-ancestors 'none'" in policy, path
    assert answer.headers["X-Content-Type-Options"] == "nosniff", path
    assert answer.headers["Strict-Transport-Security"].startswith("max-age="), path
    kept = "no-store" in answer.headers["Cache-Control"]
    assert kept or path.startswith(("/assets/", "/bootstrap/")), path
    assert answer.status_code < 500, f"{path}: {answer.status_code} {answer.text[:300]}"
    return answer


def built(story: Story) -> Known:
    """Ana has joined in Seattle, agreed, paid and come once; Bob has joined in Boise."""
    ana = story.join(NAME, "STARTER-3", agrees_to="MAINT-2")
    bob = story.join("Bob Ito", "STARTER-3", at="boi")
    visit = story.come(ana)
    with transaction():
        for person, email in ((ana, "ana@example.com"), (bob, "bob@example.com")):
            account = db.session.get_one(Account, person.account_id)
            account.email = email
            people.set_password(account, PASSWORD)
    one = db.session.scalars
    ids = {
        "invoice_id": one(sa.select(Invoice.id).where(Invoice.member_id == ana.member_id)).one(),
        "consent_id": one(sa.select(Consent.id).where(Consent.member_id == ana.member_id)).one(),
        "visit_id": visit.id,
        "member_id": ana.member_id,
        "pack_id": one(sa.select(MemberPack.id).where(MemberPack.member_id == ana.member_id)).one(),
        "hold_id": _private(ana.member_id),
        "pack_product_id": one(sa.select(Pack.id).where(Pack.code == "STARTER-3")).one(),
        "plan_product_id": one(sa.select(Plan.id).where(Plan.code == "MAINT-2")).one(),
        "rise_id": _rise(story.studio),
        "role_id": _role(story.studio, "desk sea"),
        "dispute_id": _dispute(ana.member_id),
        "warning_id": _warning(ana.member_id),
        "promo_id": make_code("WORLD", percent_ppm=100_000).id,
        **_of_runs(ana.member_id),
    }
    of_ana = sa.select(PaymentIntent.session_id).where(
        PaymentIntent.invoice_id == ids["invoice_id"]
    )
    known = Known(ids, ana.member_id, str(one(of_ana).one()))
    db.session.rollback()
    return known


def _private(member_id: UUID) -> UUID:
    """What somebody once wrote about a hold."""
    with transaction():
        row = PrivateReason(
            source_id=new_id(), member_id=member_id, about="medical_hold", text="a knee", at=START
        )
        db.session.add(row)
    return row.source_id


def _rise(studio: Studio) -> UUID:
    """A price rise at Seattle that somebody drafted."""
    with transaction():
        plan_id = db.session.scalars(sa.select(Plan.id).where(Plan.code == "MAINT-2")).one()
        row = PriceRise(
            id=new_id(),
            plan_id=plan_id,
            location_id=studio.id_of("sea"),
            price_cents=8500,
            effective_from=date(2027, 6, 1),
            state="draft",
            reason="Rent",
            created_at=START,
        )
        db.session.add(row)
    return row.id


def told(answer: TestResponse) -> str:
    """What an answer says, without what differs each time."""
    if answer.mimetype == "application/pdf":
        pages = pypdf.PdfReader(io.BytesIO(answer.data)).pages
        return " ".join(page.extract_text() for page in pages)
    if answer.mimetype == "application/zip":
        return ""  # a test of its own opens it
    return _PASSING.sub("", answer.text)


@contextmanager
def writes() -> Iterator[list[str]]:
    """Every statement that changes a row while this is open."""
    seen: list[str] = []

    def look(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if _WRITES.match(statement):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", look)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", look)


def _dispute(member_id: UUID) -> UUID:
    """A dispute of Ana's that the bank has decided for the studio: nothing of hers rests for it."""
    with transaction():
        invoice = db.session.scalars(sa.select(Invoice).where(Invoice.member_id == member_id)).one()
        paid = sa.select(Payment.id).where(Payment.invoice_id == invoice.id)
        row = Dispute(
            id=new_id(),
            stripe_id="dp_of_ana",
            stripe_account="default",
            payment_id=db.session.scalars(paid).one(),
            invoice_id=invoice.id,
            location_id=invoice.location_id,
            member_id=member_id,
            state="won",
            reason="general",
            amount_cents=invoice.total_cents,
            currency="USD",
            opened_at=START,
            opened_on=date(2027, 1, 4),
            closed_on=date(2027, 1, 4),
        )
        db.session.add(row)
    return row.id


def _warning(member_id: UUID) -> UUID:
    """A bank's warning that Ana's payment may be fraud."""
    with transaction():
        invoice = db.session.scalars(sa.select(Invoice).where(Invoice.member_id == member_id)).one()
        paid = sa.select(Payment.id).where(Payment.invoice_id == invoice.id)
        row = FraudWarning(
            id=new_id(),
            stripe_id="issfr_of_ana",
            payment_id=db.session.scalars(paid).one(),
            location_id=invoice.location_id,
            kind="misc",
            warned_at=START,
        )
        db.session.add(row)
    return row.id


def _of_runs(member_id: UUID) -> dict[str, UUID]:
    """A credit note of Ana's invoice, a run of Seattle's and something that it held back."""
    with transaction():
        invoice = db.session.scalars(sa.select(Invoice).where(Invoice.member_id == member_id)).one()
        note = CreditNote(
            id=new_id(),
            invoice_id=invoice.id,
            location_id=invoice.location_id,
            reason="goodwill",
            source_id=invoice.id,
            number_year=2026,
            number_seq=1,
            number="SEA-CN-2026-000001",
            net_cents=100,
            tax_cents=10,
            total_cents=110,
            issued_on=START.date(),
            created_at=START,
        )
        run = BillingRun(
            id=new_id(),
            location_id=invoice.location_id,
            business_date=START.date(),
            state="done",
            resumes=0,
            issued=0,
            issued_cents=0,
            parked=1,
            started_at=START,
            finished_at=START,
        )
        held = Parked(
            id=new_id(),
            location_id=invoice.location_id,
            subject_type="payment",
            subject_key="ch_of_ana",
            code="late_money",
            reason="Paid too late.",
            parked_at=START,
        )
        db.session.add_all([note, run, held])
    return {"note_id": note.id, "run_id": run.id, "parked_id": held.id}


def _role(studio: Studio, who: str) -> UUID:
    query = sa.select(StaffRole.id).where(StaffRole.account_id == studio.staff[who].id)
    return db.session.scalars(query).one()
