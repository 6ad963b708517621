"""The code that a member scans to pay on their own phone."""

from __future__ import annotations

from uuid import UUID

import segno
import sqlalchemy as sa
from flask import current_app, render_template, url_for
from markupsafe import Markup

from billing.desk.blueprint import blueprint
from billing.models import Invoice
from billing.sales import phone
from config import clock
from config.db import db
from config.errors import NotFound
from locations import guard


@blueprint.get("/sales/<uuid:invoice_id>")
@guard.staff("sell", at="any")
def code(invoice_id: UUID) -> str:
    """The code for the member's phone, and whether it was paid."""
    invoice = _mine(invoice_id)
    found = phone.of_invoice(invoice_id, now=clock.now())
    link = current_app.extensions["taper.settings"].base_url + phone.link(invoice_id)
    return render_template(
        "desk/code.html",
        sale=found,
        link=link,
        drawing=_qr(link),
        card_url=f"/desk/members/{invoice.member_id}",
        look_url=url_for(".code", invoice_id=invoice_id),
    )


def _mine(invoice_id: UUID) -> Invoice:
    """A sale of a studio where whoever is signed in sells; any other is like a missing one."""
    found = db.session.scalar(sa.select(Invoice).where(Invoice.id == invoice_id))
    if found is None or not guard.reach_of("sell").covers(found.location_id):
        raise NotFound("payment")
    return found


def _qr(link: str) -> Markup:
    """The link as an inline drawing; segno writes only paths, nothing a visitor typed."""
    drawing = segno.make(link, micro=False).svg_inline(scale=5, svgclass=None, lineclass=None)
    return Markup(drawing)  # noqa: S704 - made here, from a link made here
