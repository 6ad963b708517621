"""Money on its way to the bank: balance transactions with fees, and payouts."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import every, page
from stripe_sandbox.shapes import Obj

DAY = 86_400
_AVAILABLE_AFTER = 2 * DAY
_DISPUTE_FEE_CENTS = 1500
_SCHEDULE, _LAST_DAY = "payout_every_days", "payout_last_day"


def processing_fee_cents(amount_cents: int) -> int:
    """Stripe's US list price for a card: 2.9 % and 30 cents, half a cent up."""
    return (amount_cents * 29 + 500) // 1000 + 30


def for_charge(call: Call, charge: Obj) -> Obj:
    """What a successful charge brings: its amount less the processing fee."""
    fee_cents = processing_fee_cents(charge["amount"])
    return _entry(call, charge, "charge", charge["amount"], fee_cents)


def for_refund(call: Call, refund: Obj) -> Obj:
    """What a refund costs; Stripe keeps the processing fee of the charge."""
    return _entry(call, refund, "refund", -refund["amount"], 0)


def for_failed_refund(call: Call, refund: Obj) -> Obj:
    """A refund the bank sent back: its money returns."""
    return _entry(call, refund, "refund_failure", refund["amount"], 0)


def for_dispute(call: Call, dispute: Obj, *, amount_cents: int) -> Obj:
    """Money taken by a dispute (negative, with its fee), or given back when it is won."""
    fee_cents = _DISPUTE_FEE_CENTS if amount_cents < 0 else 0
    return _entry(call, dispute, "adjustment", amount_cents, fee_cents)


def retrieve(call: Call, transaction_id: str) -> Obj:
    """One balance transaction."""
    return _aged(call, call.get("balance_transaction", transaction_id))


def list_(call: Call) -> Obj:
    """Balance transactions, newest first, by source, type, payout and creation."""
    given = call.params
    filters = {"source": given.get("source"), "type": given.get("type"),
               "_payout": given.get("payout")}  # fmt: skip
    found = page(call.store, "balance_transaction", params=given, filters=filters,
                 url="/v1/balance_transactions")  # fmt: skip
    return {**found, "data": [_aged(call, entry) for entry in found["data"]]}


def pay_out(call: Call) -> Obj:
    """Send what is available to the bank, as Stripe's automatic schedule does. (Control only.)"""
    ready, total_cents = _available(call)
    if total_cents <= 0:
        raise invalid("Nothing is available to pay out.", code="balance_insufficient")
    return _send(call, ready, total_cents)


def schedule(call: Call, every_days: int) -> None:
    """Pay out by itself from now on, every so many days; 0 stops it. (Control only.)"""
    call.store.set_meta(_SCHEDULE, str(every_days))
    call.store.set_meta(_LAST_DAY, str(call.now // DAY))


def pay_out_due(call: Call) -> None:
    """What the schedule asks for now that the clock has moved; nothing while nothing is there."""
    every_days = int(call.store.meta(_SCHEDULE) or 0)
    last_day = int(call.store.meta(_LAST_DAY) or 0)
    if not every_days or call.now // DAY < last_day + every_days:
        return
    call.store.set_meta(_LAST_DAY, str(call.now // DAY))
    ready, total_cents = _available(call)
    if total_cents > 0:
        _send(call, ready, total_cents)


def fail_payout(call: Call, payout_id: str) -> Obj:
    """The bank sent a payout back: its money is in the balance again. (Control only.)"""
    payout = call.get("payout", payout_id)
    if payout["status"] == "failed":
        raise invalid("This payout has already failed.", param="id")
    back = _entry(call, payout, "payout_failure", payout["amount"], 0)
    payout.update(status="failed", failure_code="account_closed",
                  failure_balance_transaction=back["id"])  # fmt: skip
    call.store.save(payout)
    call.emit("payout.failed", payout)
    return payout


def _available(call: Call) -> tuple[list[Obj], int]:
    waiting = every(call.store, "balance_transaction", {"_payout": "none"})
    ready = [entry for entry in waiting if entry["available_on"] <= call.now]
    return ready, sum(entry["net"] for entry in ready)


def _send(call: Call, ready: list[Obj], total_cents: int) -> Obj:
    payout = call.add("payout", {"amount": total_cents, "currency": ready[0]["currency"],
                                 "arrival_date": call.now + 2 * DAY})  # fmt: skip
    own = _entry(call, payout, "payout", -total_cents, 0)
    for entry in [*ready, own]:
        call.store.save({**entry, "_payout": payout["id"]})
    payout["balance_transaction"] = own["id"]
    call.store.save(payout)
    call.emit("payout.paid", payout)
    return payout


def retrieve_payout(call: Call, payout_id: str) -> Obj:
    """One payout."""
    return call.get("payout", payout_id)


def list_payouts(call: Call) -> Obj:
    """Payouts, newest first."""
    return page(call.store, "payout", params=call.params,
                filters={"status": call.params.get("status")}, url="/v1/payouts")  # fmt: skip


def _entry(call: Call, source: Obj, kind: str, amount_cents: int, fee_cents: int) -> Obj:
    fees = [{"amount": fee_cents, "application": None, "currency": source["currency"],
             "description": "Stripe processing fees", "type": "stripe_fee"}]  # fmt: skip
    return call.add(
        "balance_transaction",
        {
            "amount": amount_cents,
            "fee": fee_cents,
            "net": amount_cents - fee_cents,
            "fee_details": fees if fee_cents else [],
            "currency": source["currency"],
            "source": source["id"],
            "type": kind,
            "reporting_category": "dispute" if kind == "adjustment" else kind,
            "available_on": call.now + (_AVAILABLE_AFTER if kind == "charge" else 0),
            "_payout": "none",
        },
    )


def _aged(call: Call, entry: Obj) -> Obj:
    return {**entry, "status": "available" if entry["available_on"] <= call.now else "pending"}
