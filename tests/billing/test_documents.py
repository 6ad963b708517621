"""What a member and the studio may keep as files, and what a receipt by mail brings along."""

from __future__ import annotations

import email
import io
from uuid import UUID

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from billing.gateway import Gateway
from billing.invoices import credit_notes, creditable, documents
from billing.invoices.credit_notes import Promise
from billing.models import CreditNote, Invoice
from config import mail_delivery
from config.audit import SYSTEM
from config.clock import SimulatedClock
from config.db import db, transaction
from config.settings import Settings
from membership.models import Member
from membership.people import exemptions
from stripe_sandbox.launch import Running
from tests.billing.price_list import Studio
from tests.billing.visitors import bought_online, get, signed_in, with_account


@pytest.fixture
def ana(studio: Studio, clock: SimulatedClock) -> Member:
    return with_account("ana", studio, clock)


@pytest.fixture
def paid(
    ana: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running
) -> UUID:
    return bought_online(ana, studio, gateway, clock, stripe)


@pytest.fixture
def note(paid: UUID, clock: SimulatedClock) -> UUID:
    """A credit note over 30.00 and its tax, of the invoice over 79.00."""
    with transaction():
        invoice = db.session.get_one(Invoice, paid)
        promise = Promise("goodwill", clock.now().date(), SYSTEM)
        for back in creditable.spread([invoice], 3000):
            credit_notes.write(back, promise, on=clock.now().date(), now=clock.now())
    return db.session.scalars(sa.select(CreditNote.id)).one()


def printed(answer: TestResponse) -> str:
    assert answer.mimetype == "application/pdf"
    return read(answer.data)


def read(content: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return " ".join(page.extract_text() for page in pages)


def test_bill_without_tax_names_the_certificate_on_page_and_sheet(
    ana: Member, studio: Studio, gateway: Gateway, clock: SimulatedClock, stripe: Running,
    app: Flask,
) -> None:  # fmt: skip
    with transaction():
        exemptions.record(
            ana.id, place=studio.sea, certificate="R-1204", ground="a church",
            valid_from=clock.now().date(), valid_until=None, by=SYSTEM, now=clock.now(),
        )  # fmt: skip
    bought = bought_online(ana, studio, gateway, clock, stripe)
    assert "exempt: R-1204" in read(documents.invoice(bought).content)
    assert "exempt: R-1204" in get(signed_in(app, "ana@studio.example"), f"/invoices/{bought}").text


def test_invoice_as_pdf_says_what_the_page_says(app: Flask, paid: UUID) -> None:
    client = signed_in(app, "ana@studio.example")
    text = printed(get(client, f"/invoices/{paid}.pdf"))
    for said in ("SEA-2027-000001", "$79.00", "$8.18", "$87.18", "10.35%", "Ana Example", "cancel"):
        assert said in text, said


def test_receipt_says_that_and_how_it_was_paid(app: Flask, paid: UUID) -> None:
    client = signed_in(app, "ana@studio.example")
    answer = get(client, f"/invoices/{paid}/receipt.pdf")
    assert "receipt-SEA-2027-000001.pdf" in answer.headers["Content-Disposition"]
    text = printed(answer)
    assert "by card" in text
    assert "Taper Washington LLC" in text


def test_credit_note_is_a_page_and_a_file_and_stands_below_its_invoice(
    app: Flask, paid: UUID, note: UUID
) -> None:
    client = signed_in(app, "ana@studio.example")
    assert "SEA-CN-2027-000001" in get(client, f"/invoices/{paid}").text
    page = get(client, f"/credit-notes/{note}").text
    text = printed(get(client, f"/credit-notes/{note}.pdf"))
    # A share of the tax that was charged: 818 * 3000 / 7900, half up.
    for said in ("SEA-CN-2027-000001", "$30.00", "$3.11", "$33.11", "SEA-2027-000001"):
        assert said in page, said
        assert said in text, said


def test_nobody_elses_document_exists(
    app: Flask, paid: UUID, note: UUID, studio: Studio, clock: SimulatedClock
) -> None:
    with_account("bob", studio, clock)
    client = signed_in(app, "bob@studio.example")
    for path in (
        f"/invoices/{paid}.pdf",
        f"/invoices/{paid}/receipt.pdf",
        f"/credit-notes/{note}",
        f"/credit-notes/{note}.pdf",
    ):
        assert get(client, path).status_code == 404, path
        assert get(app.test_client(), path).status_code == 302, path


def test_a_receipt_by_mail_brings_its_pdf_and_leaves_once(
    app: Flask, paid: UUID, clock: SimulatedClock, settings: Settings
) -> None:
    for _ in range(2):
        mail_delivery.deliver_due(clock.now())
    mails = [
        email.message_from_bytes(path.read_bytes())
        for path in sorted(settings.mail_path.iterdir())
        if b"receipt" in path.read_bytes()
    ]
    assert len(mails) == 1
    files = [part for part in mails[0].walk() if part.get_content_type() == "application/pdf"]
    assert [file.get_filename() for file in files] == ["receipt-SEA-2027-000001.pdf"]
    enclosed = files[0].get_payload(decode=True)
    assert isinstance(enclosed, bytes)
    assert "$87.18" in read(enclosed)
