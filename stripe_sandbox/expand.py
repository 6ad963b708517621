"""`expand[]`: ids replaced by the objects they name, along dotted paths, at most four deep."""

from __future__ import annotations

from stripe_sandbox.errors import invalid
from stripe_sandbox.shapes import Obj, public
from stripe_sandbox.store import Store

_EXPANDABLE = frozenset(
    {
        "balance_transaction",
        "charge",
        "customer",
        "default_payment_method",
        "latest_charge",
        "line_items",
        "payment_intent",
        "payment_method",
        "refund",
        "setup_intent",
        "source",
    }
)


def expanded(store: Store, answer: Obj, paths: list[str]) -> Obj:
    """The answer with these paths expanded; a path that cannot be is refused."""
    shown = public(answer)
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise invalid("You cannot expand more than 4 levels of a property.", param="expand")
        _walk(store, shown, answer, steps, path)
    return shown


def _walk(store: Store, shown: Obj, whole: Obj, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name == "data" and shown.get("object") == "list":
        shown["data"] = [public(item) for item in shown["data"]]
        for item, full in zip(shown["data"], whole["data"], strict=True):
            _walk(store, item, full, rest, path)
        return
    if name == "line_items" and shown.get("object") == "checkout.session":
        shown["line_items"] = {"object": "list", "has_more": False, "url": "",
                               "data": whole.get("_line_items", [])}  # fmt: skip
        return
    if name not in shown or (name not in _EXPANDABLE and not isinstance(shown[name], dict)):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    value = shown[name]
    full = store.find(value) if isinstance(value, str) else value
    if full is None:
        return
    shown[name] = public(full)
    if rest:
        _walk(store, shown[name], full, rest, path)
