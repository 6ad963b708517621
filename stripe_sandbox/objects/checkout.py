"""Checkout sessions: what the caller asks for, and how a session ends unpaid."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import every, page
from stripe_sandbox.objects import customers, payment_intents, setup_intents
from stripe_sandbox.shapes import Obj
from stripe_sandbox.store import new_id

_KEPT = ("customer_email", "client_reference_id", "success_url", "cancel_url", "locale",
         "submit_type", "allowed_payment_method_types")  # fmt: skip
_SHORTEST, _LONGEST = 30 * 60, 24 * 60 * 60


def create(call: Call) -> Obj:
    """A session of mode `payment` or `setup`, with the address of its hosted page."""
    given = call.params
    mode = given.get("mode", "payment")
    _check_mode(given, mode)
    if "success_url" not in given:
        raise invalid("Missing required param: success_url.", param="success_url",
                      code="parameter_missing")  # fmt: skip
    customer_id = given.get("customer")
    if customer_id is not None:
        customers.living(call, customer_id)
        if "customer_email" in given:
            raise invalid("You may only specify one of these parameters: customer,"
                          " customer_email.")  # fmt: skip
    fields = _payment_fields(given) if mode == "payment" else _setup_fields(call)
    object_id = new_id("cs_test")
    return call.add(
        "checkout.session",
        {
            **{name: given[name] for name in _KEPT if name in given},
            **fields,
            "id": object_id,
            "mode": mode,
            "customer": customer_id,
            "customer_creation": given.get("customer_creation", "if_required")
            if mode == "payment" and customer_id is None else None,
            "expires_at": _expiry(call),
            "metadata": call.merged_metadata({}),
            "url": f"{call.base_url}/checkout/{object_id}",
        },
    )  # fmt: skip


def retrieve(call: Call, session_id: str) -> Obj:
    """One session; one whose time is over expires before it is shown."""
    session = call.get("checkout.session", session_id)
    if session["status"] == "open" and session["expires_at"] <= call.now:
        return _expire(call, session)
    return session


def list_(call: Call) -> Obj:
    """Sessions, newest first, by customer, intent, status and creation."""
    given = call.params
    expire_due(call)
    filters = {name: given.get(name) for name in ("customer", "payment_intent", "status")}
    return page(call.store, "checkout.session", params=given, filters=filters,
                url="/v1/checkout/sessions")  # fmt: skip


def line_items(call: Call, session_id: str) -> Obj:
    """What is bought in a session."""
    session = call.get("checkout.session", session_id)
    return {"object": "list", "url": f"/v1/checkout/sessions/{session_id}/line_items",
            "has_more": False, "data": session.get("_line_items", [])}  # fmt: skip


def expire(call: Call, session_id: str) -> Obj:
    """End an open session before it is paid; a complete one is refused."""
    session = retrieve(call, session_id)
    if session["status"] != "open":
        raise invalid("Only Checkout Sessions with a status in [\"open\"] can be expired. This"
                      f" Checkout Session has a status of `{session['status']}`.",
                      param="session")  # fmt: skip
    return _expire(call, session)


def expire_due(call: Call) -> int:
    """Expire every open session whose time is over; returns how many."""
    due = [
        session for session in every(call.store, "checkout.session", {"status": "open"})
        if session["expires_at"] <= call.now
    ]  # fmt: skip
    for session in due:
        _expire(call, session)
    return len(due)


def _expire(call: Call, session: Obj) -> Obj:
    intent = call.store.find(session["payment_intent"]) if session["payment_intent"] else None
    if intent is not None and intent["status"] not in ("succeeded", "canceled"):
        payment_intents.end(call, intent, "expired")
    ended = {**session, "status": "expired", "url": None}
    call.store.save(ended)
    call.emit("checkout.session.expired", ended)
    return ended


def _check_mode(given: dict[str, Any], mode: str) -> None:
    if mode == "subscription":
        raise invalid("This sandbox does not model subscriptions.", param="mode")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("This sandbox has only the hosted page.", param="ui_mode")
    foreign = ("setup_intent_data",) if mode == "payment" else (
        "line_items", "payment_intent_data", "submit_type")  # fmt: skip
    for name in foreign:
        if name in given:
            raise invalid(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode == "payment" and not given.get("line_items"):
        raise invalid("`line_items` is required in `payment` mode.", param="line_items",
                      code="parameter_missing")  # fmt: skip
    if mode == "setup" and not {"currency", "allowed_payment_method_types"} & set(given):
        raise invalid("`currency` is required in `setup` mode unless payment method types are"
                      " named.", param="currency", code="parameter_missing")  # fmt: skip


def _payment_fields(given: dict[str, Any]) -> Obj:
    items = [_item(n, item) for n, item in enumerate(given["line_items"])]
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", param="line_items")
    total_cents = sum(item["amount_total"] for item in items)
    payment_intents.check_amount(total_cents, items[0]["currency"])
    return {
        "amount_subtotal": total_cents, "amount_total": total_cents,
        "currency": items[0]["currency"], "_line_items": items,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "_intent_data": given.get("payment_intent_data", {}),
    }  # fmt: skip


def _item(number: int, item: Obj) -> Obj:
    where = f"line_items[{number}]"
    price, quantity = item.get("price_data"), item.get("quantity", 0)
    if price is None or "unit_amount" not in price or "product_data" not in price:
        raise invalid("This sandbox models `price_data` with `unit_amount` and `product_data`.",
                      param=f"{where}[price_data]", code="parameter_missing")  # fmt: skip
    if quantity < 1 or price["unit_amount"] < 0:
        raise invalid("Quantity must be 1 or more, and an amount not negative.", param=where)
    total_cents = price["unit_amount"] * quantity
    return {
        "id": new_id("li"), "object": "item", "amount_discount": 0, "amount_tax": 0,
        "amount_subtotal": total_cents, "amount_total": total_cents,
        "currency": price["currency"].lower(), "quantity": quantity,
        "description": price["product_data"]["name"], "price": None,
    }  # fmt: skip


def _setup_fields(call: Call) -> Obj:
    given = call.params
    data = given.get("setup_intent_data", {})
    intent = setup_intents.build(
        call, customer_id=given.get("customer"), description=data.get("description"),
        metadata=data.get("metadata", {}),
    )  # fmt: skip
    return {"setup_intent": intent["id"], "payment_status": "no_payment_required",
            "currency": given.get("currency")}  # fmt: skip


def _expiry(call: Call) -> int:
    wanted = call.params.get("expires_at", call.now + _LONGEST)
    if wanted < call.now + _SHORTEST:
        raise invalid("The `expires_at` timestamp must be at least 30 minutes from Checkout Session"
                      " creation.", param="expires_at")  # fmt: skip
    if wanted > call.now + _LONGEST:
        raise invalid("The `expires_at` timestamp must be less than 24 hours from Checkout Session"
                      " creation.", param="expires_at")  # fmt: skip
    return wanted
