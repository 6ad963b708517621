"""Customers: who is charged, and which card is charged by default."""

from __future__ import annotations

from stripe_sandbox.call import Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import every, page
from stripe_sandbox.objects import payment_methods
from stripe_sandbox.shapes import Obj

_TEXTS = ("email", "name", "phone", "description")


def create(call: Call) -> Obj:
    """Make a customer; a given payment method is attached to it."""
    given = call.params
    customer = call.add(
        "customer",
        {
            **{name: given[name] for name in _TEXTS if name in given},
            "metadata": call.merged_metadata({}),
        },
    )
    if token := given.get("payment_method"):
        payment_methods.attach_to(call, token, customer["id"])
    return _saved(call, customer, "customer.created")


def update(call: Call, customer_id: str) -> Obj:
    """Change a customer, above all its default payment method."""
    customer = retrieve(call, customer_id)
    if customer.get("deleted"):
        raise invalid(f"No such customer: '{customer_id}'", param="id", code="resource_missing",
                      status=404)  # fmt: skip
    changes = {name: call.params[name] or None for name in _TEXTS if name in call.params}
    metadata = call.merged_metadata(customer["metadata"])
    return _saved(call, {**customer, **changes, "metadata": metadata}, "customer.updated")


def retrieve(call: Call, customer_id: str) -> Obj:
    """One customer; a deleted one says so and shows nothing else."""
    customer = call.get("customer", customer_id)
    if customer.get("deleted"):
        return {"id": customer_id, "object": "customer", "deleted": True}
    return customer


def delete(call: Call, customer_id: str) -> Obj:
    """Forget a customer for good; its cards can never be charged again."""
    customer = call.get("customer", customer_id)
    for method in every(call.store, "payment_method", {"customer": customer_id}):
        payment_methods.release(call, method)
    gone = {"id": customer_id, "object": "customer", "created": customer["created"],
            "deleted": True}  # fmt: skip
    call.store.save(gone)
    call.emit("customer.deleted", customer)
    return {"id": customer_id, "object": "customer", "deleted": True}


def list_(call: Call) -> Obj:
    """Customers, newest first, by e-mail and creation."""
    given = call.params
    return page(call.store, "customer", params=given, filters={"email": given.get("email")},
                url="/v1/customers")  # fmt: skip


def living(call: Call, customer_id: str) -> Obj:
    """A customer named by a parameter, refused when it is unknown or deleted."""
    customer = call.get("customer", customer_id, param="customer")
    if customer.get("deleted"):
        raise invalid(f"No such customer: '{customer_id}'", param="customer",
                      code="resource_missing")  # fmt: skip
    return customer


def _saved(call: Call, customer: Obj, event: str) -> Obj:
    settings = call.params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        token = settings["default_payment_method"] or None
        if token is not None:
            method = payment_methods.resolve(call, token, param=_DEFAULT)
            payment_methods.require_owner(method, customer["id"], param=_DEFAULT)
            token = method["id"]
        customer["invoice_settings"] = {
            **customer["invoice_settings"], "default_payment_method": token
        }  # fmt: skip
    call.store.save(customer)
    call.emit(event, customer)
    return customer


_DEFAULT = "invoice_settings[default_payment_method]"
