"""The pages a customer sees: hosted Checkout and the bank's question. Loudly not Stripe."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from jinja2 import Environment, FileSystemLoader

from stripe_sandbox.app import Api
from stripe_sandbox.errors import ApiError
from stripe_sandbox.objects import checkout, paying, trying
from stripe_sandbox.outcomes import CARDS, TOKEN_OF_NUMBER
from stripe_sandbox.shapes import Obj
from stripe_sandbox.wire import Request, Response

_FOLDER = Path(__file__).parent / "templates"
_NOT_A_TEST_CARD = (
    "That is not one of the test cards. This is not Stripe: never type a real card number here."
)


class Pages:
    """The pages of one sandbox. They work without JavaScript and load nothing from elsewhere."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._templates = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True)
        self._style = (_FOLDER / "style.css").read_bytes()

    def answer(self, request: Request) -> Response:
        """Answer a browser."""
        if request.path == "/_sandbox/style.css":
            return Response(200, self._style, {"Content-Type": "text/css; charset=utf-8"})
        parts = request.path.strip("/").split("/")
        form = {k: v[0] for k, v in parse_qs(request.body.decode("utf-8", "replace")).items()}
        query = {k: v[0] for k, v in parse_qs(request.query).items()}
        try:
            with self._api.store.lock:
                if parts[0] == "checkout" and len(parts) == 2:
                    if request.method == "POST":
                        return self._submit(parts[1], form)
                    return self._checkout(parts[1], {}, error=None, status=200)
                if parts[0] == "authenticate" and len(parts) == 2:
                    return self._authenticate(parts[1], {**query, **form}, request.method)
        except ApiError as refusal:
            return self._message("Not possible", str(refusal), refusal.status)
        if request.path == "/":
            return self._message("Sandbox", "A stand-in for Stripe listens here.", 200)
        return self._message("Nothing here", "This address leads nowhere.", 404)

    def _checkout(self, session_id: str, form: Obj, *, error: str | None, status: int) -> Response:
        with self._api.store.transaction():
            call = self._api.call()
            session = checkout.retrieve(call, session_id)
            waits = session["status"] == "open" and paying.waits_for_bank(call, session)
            customer = call.store.find(session["customer"] or "") or {}
        if session["status"] == "complete":
            return _redirect(paying.address_after(session))
        if session["status"] == "expired":
            return self._message("Expired", "This checkout has expired. Nothing was paid.", 410)
        email = customer.get("email") or session["customer_email"] or ""
        values = {"email": email, "name": customer.get("name") or "", **form}
        name = "bank.html" if waits else "checkout.html"
        return self._page(
            name, status, [session["success_url"], session["cancel_url"]], session=session,
            values=values, error=error, action=f"/checkout/{session_id}", fields={},
            cards=[(card.number, token) for token, card in CARDS.items()],
        )  # fmt: skip

    def _submit(self, session_id: str, form: Obj) -> Response:
        """The card form, or the bank's answer."""
        buyer = paying.Buyer(form.get("name", "").strip(), form.get("email", "").strip())
        kept = {"name": buyer.name, "email": buyer.email}
        number = "".join(form.get("card_number", "").split())
        answer = form.get("authentication")
        token = TOKEN_OF_NUMBER.get(number)
        if answer is None and token is None:
            return self._checkout(session_id, kept, error=_NOT_A_TEST_CARD, status=422)
        problem = None
        with self._api.store.transaction():
            call = self._api.call()
            try:
                if answer is not None:
                    session = paying.answer_bank(
                        call, session_id, passed=answer == "complete", buyer=buyer
                    )
                else:
                    session = paying.submit(call, session_id, token=token or "", buyer=buyer)
            except ApiError as raised:
                if not raised.keeps_effects:
                    raise
                problem, session = str(raised), {}
        if problem is None and answer == "fail":
            problem = "The authentication failed. Try again or use another card."
        if problem is None and session["status"] == "complete":
            return _redirect(paying.address_after(session))
        return self._checkout(session_id, kept, error=problem, status=422 if problem else 200)

    def _authenticate(self, intent_id: str, given: Obj, method: str) -> Response:
        with self._api.store.transaction():
            call = self._api.call()
            intent = call.get("payment_intent", intent_id)
            if given.get("client_secret") != intent["client_secret"]:
                return self._message("Nothing here", "This address leads nowhere.", 404)
            if intent["status"] == "requires_action" and method == "POST":
                try:
                    passed = given.get("authentication") == "complete"
                    intent = trying.answer_authentication(call, intent, passed=passed)
                except ApiError as raised:
                    if not raised.keeps_effects:
                        raise
                    intent = call.get("payment_intent", intent_id)
        if intent["status"] != "requires_action":
            return _redirect(trying.redirect_back(intent))
        return self._page(
            "bank.html", 200, [intent.get("_return_url")], session=intent, values={}, error=None,
            action=f"/authenticate/{intent_id}",
            fields={"client_secret": intent["client_secret"]},
        )  # fmt: skip

    def _message(self, title: str, text: str, status: int) -> Response:
        return self._page("message.html", status, [], title=title, text=text)

    def _page(
        self, name: str, status: int, leads_to: list[str | None], **given: object
    ) -> Response:
        html = self._templates.get_template(name).render(money=_money, **given)
        # A form's redirect must be allowed by name, or the browser refuses to follow it.
        origins = {f"{u.scheme}://{u.netloc}" for u in map(urlsplit, filter(None, leads_to))}
        policy = ("default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none';"
                  f" form-action 'self' {' '.join(sorted(origins))}")  # fmt: skip
        headers = {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                   "Content-Security-Policy": policy, "Referrer-Policy": "no-referrer",
                   "X-Content-Type-Options": "nosniff"}  # fmt: skip
        return Response(status, html.encode(), headers)


def _money(amount_cents: int, currency: str) -> str:
    return f"{amount_cents // 100:,}.{amount_cents % 100:02d} {currency.upper()}"


def _redirect(address: str) -> Response:
    return Response(303, b"", {"Location": address, "Cache-Control": "no-store"})
