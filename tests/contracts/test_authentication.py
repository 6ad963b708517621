"""A bank that wants its customer: refused off-session, answered on-session by the same intent."""

from __future__ import annotations

import http.client
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import stripe

RETURN = "https://studio.test.example/back?from=bank"


@pytest.fixture
def careful(target, wallet):
    """A card that asks for authentication whenever it can."""
    return target.api.payment_methods.attach(
        "pm_card_authenticationRequired", {"customer": wallet.customer}
    )


def test_off_session_it_is_a_card_error_that_asks_for_the_customer(
    target, wallet, careful, new_intent
) -> None:
    intent = new_intent(wallet.customer)
    with pytest.raises(stripe.CardError) as decline:
        target.api.payment_intents.confirm(
            intent.id, {"payment_method": careful.id, "off_session": True}
        )
    assert decline.value.code == "authentication_required"
    now = target.api.payment_intents.retrieve(intent.id)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.payment_method.id == careful.id


def test_on_session_the_same_intent_sends_the_customer_to_the_bank(
    target, wallet, careful, new_intent
) -> None:
    intent = new_intent(wallet.customer)
    asked = target.api.payment_intents.confirm(
        intent.id, {"payment_method": careful.id, "return_url": RETURN}
    )
    assert asked.status == "requires_action"
    assert asked.next_action.type == "redirect_to_url"
    assert asked.next_action.redirect_to_url.return_url == RETURN


@pytest.mark.parametrize(
    ("answer", "status", "charges"),
    [("complete", "succeeded", 1), ("fail", "requires_payment_method", 0)],
)
def test_the_banks_page_decides_and_leads_back(
    target, wallet, careful, new_intent, answer: str, status: str, charges: int
) -> None:
    target.only_here("press a button on the bank's page")
    intent = new_intent(wallet.customer)
    asked = target.api.payment_intents.confirm(
        intent.id, {"payment_method": careful.id, "return_url": RETURN}
    )
    page = urlsplit(asked.next_action.redirect_to_url.url)
    bank = http.client.HTTPConnection(page.netloc, timeout=10)
    form = urlencode(
        {"authentication": answer, **{k: v[0] for k, v in parse_qs(page.query).items()}}
    )
    bank.request("POST", page.path, form)
    reply = bank.getresponse()
    reply.read()
    bank.close()
    assert reply.status == 303
    back = urlsplit(reply.getheader("Location"))
    query = parse_qs(back.query)
    assert (query["from"], query["payment_intent"]) == (["bank"], [intent.id])
    assert query["redirect_status"] == ["succeeded" if answer == "complete" else "failed"]
    now = target.api.payment_intents.retrieve(intent.id)
    assert now.status == status
    assert len(target.api.charges.list({"payment_intent": intent.id}).data) == charges


def test_a_page_that_may_redirect_needs_somewhere_to_return_to(target, wallet) -> None:
    intent = target.api.payment_intents.create(
        {"amount": 9000, "currency": "usd", "customer": wallet.customer}
    )
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        target.api.payment_intents.confirm(intent.id, {"payment_method": wallet.card})
    assert refusal.value.http_status == 400
