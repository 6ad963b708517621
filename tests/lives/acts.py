"""What a member, a desk or a manager may do in a life, through the services behind the pages.

Every act that takes money returns the amount that its page shows before the button.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa

from billing.cards import cards
from billing.holds import holding
from billing.joining import choices, joining
from billing.leaving import endings
from billing.models import Invoice
from billing.payments import hosted, placing
from billing.plan_changes import changing
from billing.sales import checkout, desk_sales
from config import clock as time_of
from config.audit import Actor
from config.calendar import Period
from config.db import db, run_txn
from locations.models import Account
from membership.agreements import consents, documents
from membership.agreements.change_consents import Proof
from membership.changes import change_quotes
from membership.models import CreditGrant, MemberPack, Membership, Pack, PackVersion, Visit
from membership.packs import windows
from membership.people import members
from membership.plans import membership_rows, plan_overview
from membership.plans.next_charges import Charge
from membership.rules.documents import KINDS
from membership.visits import undoing
from tests.support.story import ADDRESS, AGENT, Person, Story

GOOD, BAD = "pm_card_visa", "pm_card_chargeCustomerFail"
ADJUSTED_BY = Actor(None, "manager")


@dataclass
class Acts:
    """One person in a story, and what becomes of them by their own doing or the desk's."""

    story: Story
    who: Person

    @property
    def today(self) -> date:
        """The date on the wall of the studio that they call home."""
        return self.story.today(self.who.home)

    @property
    def by(self) -> Actor:
        """Themselves."""
        return Actor(self.who.account_id, "member")

    def plan(self) -> Membership | None:
        """The plan that has not ended, read anew."""
        db.session.expire_all()
        return membership_rows.live_for(self.who.member_id)

    def held(self) -> Membership:
        """The plan that is there."""
        plan = self.plan()
        assert plan is not None
        return plan

    def next_charge(self) -> Charge | None:
        """What the home page says will be charged next."""
        card = plan_overview.plan(self.who.member_id, on=self.today)
        if card is not None:
            return card.next_charge
        follows = plan_overview.conversion(self.who.member_id, on=self.today)
        return follows.charge if follows else None

    def plan_sessions(self) -> int:
        """Sessions that the plan's page says are left."""
        card = plan_overview.plan(self.who.member_id, on=self.today)
        return card.left if card else 0

    def pack_sessions(self) -> int:
        """Sessions on packs that could be used today."""
        left = sa.select(sa.func.coalesce(sa.func.sum(CreditGrant.remaining), 0)).where(
            CreditGrant.member_id == self.who.member_id,
            CreditGrant.source_type == "pack",
            CreditGrant.valid_from <= self.today,
            sa.or_(CreditGrant.valid_until.is_(None), CreditGrant.valid_until > self.today),
        )
        return int(db.session.scalar(left) or 0)

    def buy(self, choice: str, *, agrees_to: str | None = None) -> int:
        """Buy a pack or a plan online and pay on the hosted page; what the page asks for."""
        place, now = self.story.place(self.who.home), time_of.now()
        on_sale = choices.packs_on_sale(place, now=now) + choices.plans_on_sale(place, now=now)
        (chosen,) = [one for one in on_sale if one.terms.code == choice]
        words = choices.wordings(chosen, place, now=now)
        versions = {one.terms.code: choices.version_of(one.terms) for one in on_sale}
        agreed = agrees_to or (choice if chosen.pack_version_id is None else None)
        signature = joining.Signature(
            self.who.name,
            tuple(documents.current(kind, location_id=place.id) for kind in KINDS),
            ADDRESS,
            AGENT,
        )
        member = members.get(self.who.member_id)
        account = db.session.get_one(Account, self.who.account_id)
        person = joining.Person(account, member, member.name, member.email, member.phone, None)
        checkout.close_tills(self.who.member_id, gateway=self.story.gateway, now=now)
        enrolled = run_txn(
            lambda: joining.enrol(
                person,
                location=place,
                choice=chosen,
                agreed=words[versions[agreed]] if agreed else None,
                signature=signature,
                now=now,
            )
        )
        page = hosted.open_page(enrolled.placed.attempt_id, gateway=self.story.gateway, now=now)
        self.story.pay(page)
        return chosen.amounts.total_cents

    def buy_at_desk(self, code: str) -> int:
        """Buy a pack at the desk, paid on one's own phone; what the code's page asks for."""
        place = self.story.place(self.who.home)
        invoice_id = desk_sales.pack_by_phone(
            self.who.member_id,
            pack_version_id=self.story.studio.packs[code],
            place=place,
            by=Actor(None, "desk"),
        )
        return self._paid_on_page(invoice_id)

    def come(self) -> Visit:
        """Be checked in at the home studio."""
        return self.story.come(self.who)

    def take_visit_back(self, visit: Visit) -> None:
        """Have the desk undo the last check-in."""
        run_txn(lambda: undoing.undo(visit.id, by_account_id=None, now=time_of.now()))

    def new_card(self, token: str) -> None:
        """Enter another card; what is open is collected with it at once."""
        now = time_of.now()
        page = cards.update_url(
            self.who.member_id,
            location=self.story.place(self.who.home),
            gateway=self.story.gateway,
            now=now,
        )
        session_id = page.rpartition("/")[2]
        self.story.stripe.control("POST", f"checkout/{session_id}/pay", {"token": token})
        cards.finish_setup(session_id, gateway=self.story.gateway, now=now)

    def change_at_renewal(self, code: str) -> None:
        """Another plan from the next renewal on."""
        plan = self.held()
        quote = change_quotes.quote(plan, self.story.studio.plans[code], on=self.today)
        changing.change_at_renewal(
            plan.id,
            to_version_id=quote.to.plan_version_id,
            proof=self._proof(quote.renewal_text),
            gateway=self.story.gateway,
            now=time_of.now(),
        )

    def change_now(self, code: str) -> tuple[int, int]:
        """Another plan today, paid on the page: what is asked for, and the extra sessions."""
        plan = self.held()
        quote = change_quotes.quote(plan, self.story.studio.plans[code], on=self.today)
        page = changing.change_now(
            plan.id,
            to_version_id=quote.to.plan_version_id,
            proof=self._proof(quote.now_text or ""),
            gateway=self.story.gateway,
            now=time_of.now(),
        )
        assert quote.now is not None
        if page is not None:
            self.story.pay(page)
        return quote.now.total_cents, quote.now.extra_credits

    def undo_change(self) -> None:
        """Stay with the plan that is held."""
        changing.undo(self.held().id, by=self.by, gateway=self.story.gateway, now=time_of.now())

    def hold(self, *, in_days: int, days: int) -> tuple[Period, int]:
        """Rest the plan: the days, and the fee with its tax."""
        plan, on = self.held(), self.today
        span = Period(on + timedelta(days=in_days), on + timedelta(days=in_days + days))
        fee = holding.quote(plan.id, span=span, on=on).fee
        holding.ask(plan.id, span=span, on=on, by=self.by)
        return span, fee.total_cents if fee else 0

    def back_early(self) -> None:
        """Be back from a hold today."""
        holding.return_early(self.held().id, on=self.today, by=self.by)

    def cancel(self) -> date:
        """Cancel the plan; returns the last day of access."""
        return self.story.cancel(self.who).last_access_on

    def undo_cancel(self) -> None:
        """Stay after all."""
        endings.undo_cancel(self.held().id, on=self.today, by=self.by)

    def withdraw_consent(self) -> None:
        """Take back the agreement to a plan after the starter."""
        self.story.take_back(self.who)

    def enough(self) -> None:
        """Say that the intensive phase has done what it should."""
        starter = self.starter()
        assert starter is not None
        run_txn(
            lambda: windows.done(
                starter.id, member_id=self.who.member_id, by=self.by, now=time_of.now()
            )
        )

    def more_days(self, days: int) -> None:
        """Have a manager lengthen the window of the starter."""
        starter = self.starter()
        assert starter is not None
        run_txn(
            lambda: windows.extend(
                starter.id, days=days, reason="ill for a few days", by=ADJUSTED_BY,
                now=time_of.now(),
            )
        )  # fmt: skip

    def starter(self) -> MemberPack | None:
        """The starter that they bought, if they did."""
        query = (
            sa.select(MemberPack)
            .join(PackVersion, PackVersion.id == MemberPack.pack_version_id)
            .join(Pack, Pack.id == PackVersion.pack_id)
            .where(MemberPack.member_id == self.who.member_id, Pack.kind == "starter")
            .order_by(MemberPack.id.desc())
        )
        return db.session.scalars(query).first()

    def has_consent(self) -> bool:
        """Whether an agreement to a plan waits for its day."""
        return any(c.state == "given" for c in consents.of_member(self.who.member_id))

    def _paid_on_page(self, invoice_id: UUID) -> int:
        attempt_id = placing.page_of(invoice_id)
        assert attempt_id is not None
        page = hosted.open_page(attempt_id, gateway=self.story.gateway, now=time_of.now())
        self.story.pay(page)
        return db.session.get_one(Invoice, invoice_id).total_cents

    def _proof(self, seen: str) -> Proof:
        return Proof(self.by, seen, ADDRESS, AGENT)
