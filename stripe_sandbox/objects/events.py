"""Events and the endpoints that want to hear of them."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from stripe_sandbox.call import API_VERSION, Call
from stripe_sandbox.errors import invalid
from stripe_sandbox.lists import page
from stripe_sandbox.shapes import Obj


def retrieve(call: Call, event_id: str) -> Obj:
    """One event, with the object as it was then."""
    return call.get("event", event_id)


def list_(call: Call) -> Obj:
    """Events, newest first, by type and creation."""
    given = call.params
    kinds = given.get("types")
    if kinds is not None and len(kinds) > 1:
        raise invalid("This sandbox lists one type at a time.", param="types")
    kind = kinds[0] if kinds else given.get("type")
    if kind is not None and "*" in kind:
        raise invalid("This sandbox does not match wildcards.", param="type")
    return page(call.store, "event", params=given, filters={"type": kind}, url="/v1/events")


def create_endpoint(call: Call) -> Obj:
    """Register an address; the signing secret is shown in this answer only."""
    given = call.params
    return register(call, given["url"], given["enabled_events"], "whsec_" + secrets.token_hex(16))


def register(call: Call, url: str, enabled_events: list[str], secret: str) -> Obj:
    """Store an endpoint with a chosen secret."""
    if not _is_an_address(url):
        raise invalid("Invalid URL: An explicit scheme (such as https) must be provided.",
                      param="url", code="url_invalid")  # fmt: skip
    endpoint = call.add(
        "webhook_endpoint",
        {
            "url": url, "enabled_events": enabled_events, "_secret": secret,
            "description": call.params.get("description"), "api_version": API_VERSION,
            "metadata": call.merged_metadata({}),
        },
    )  # fmt: skip
    return {**endpoint, "secret": secret}


def _is_an_address(url: str) -> bool:
    try:
        place = urlsplit(url)
        return place.scheme in ("http", "https") and bool(place.hostname) and place.port != 0
    except ValueError:
        return False


def retrieve_endpoint(call: Call, endpoint_id: str) -> Obj:
    """One endpoint, without its secret."""
    return call.get("webhook_endpoint", endpoint_id)


def list_endpoints(call: Call) -> Obj:
    """Endpoints, newest first."""
    return page(call.store, "webhook_endpoint", params=call.params, filters={},
                url="/v1/webhook_endpoints")  # fmt: skip
