"""Every route says who may open it; the census test fails where one does not.

What is not yours answers like what does not exist: nobody learns of another studio's things
by trying addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, TypeVar, cast
from uuid import UUID

from flask import current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from config.errors import Forbidden, NotFound, TaperError
from config.problems import wants_problem_document
from locations import people, places
from locations.models import Account, Location
from locations.rules.permissions import ACTS, Grant, Reach, allows, reach

View = TypeVar("View", bound=Callable[..., Any])
Where = Literal["location", "group", "any"]


@dataclass(frozen=True, slots=True)
class Access:
    """Who may open a route: `kind` is public, signed_in, member or staff."""

    kind: str
    act: str | None = None
    at: Where | None = None


class Unauthenticated(TaperError):
    """Nobody is signed in (HTTP 401)."""

    kind = "unauthenticated"


def public(view: View) -> View:
    """Anybody may open it, signed in or not."""
    return declare(view, Access("public"))


def signed_in(view: View) -> View:
    """Anybody with an account."""
    return _guarded(view, Access("signed_in"), lambda _view_args: None)


def member_only(view: View) -> View:
    """A member's own things: the view shows what belongs to `current_account()`, no more."""
    return _guarded(view, Access("member"), lambda _view_args: None)


def staff(act: str, at: Where) -> Callable[[View], View]:
    """Staff whose role allows the act: for the whole group, at the location that the address
    names (`slug`), or at any (the view then narrows with `places_for` or `require`).
    """
    if act not in ACTS:
        raise KeyError(f"no such act: {act}")

    def decorate(view: View) -> View:
        return _guarded(view, Access("staff", act, at), lambda args: _check_staff(act, at, args))

    return decorate


def declare(view: View, access: Access) -> View:
    """Write the access on a view that is guarded elsewhere (a vendor's sign-in page)."""
    view.__taper_access__ = access  # pyright: ignore[reportFunctionMemberAccess]
    return view


def current_account() -> Account:
    """Who is signed in; Unauthenticated if nobody is."""
    if not current_user.is_authenticated:
        raise Unauthenticated("unauthenticated", "Please sign in.")
    return cast(Account, current_user._get_current_object())


def current_grants() -> frozenset[Grant]:
    """The roles of whoever is signed in, read once per request."""
    account = current_account()
    held = g.get("staff_grants")
    if held is None or held[0] != account.id:
        held = (account.id, people.grants_of(account.id))
        g.staff_grants = held
    return held[1]


def require(act: str, location_id: UUID) -> None:
    """Raise NotFound unless the act is allowed at the location: foreign is like missing."""
    if not allows(current_grants(), act, location_id=location_id):
        raise NotFound


def places_for(act: str) -> list[Location]:
    """The open locations where whoever is signed in may do this, by name."""
    where = reach(current_grants(), act)
    return [place for place in places.open_ones() if where.covers(place.id)]


def books_for(act: str) -> list[Location]:
    """The same with those that have closed: their books stay, and the group is the sum of all."""
    where = reach(current_grants(), act)
    return [place for place in places.all_ones() if where.covers(place.id)]


def reach_of(act: str) -> Reach:
    """Where whoever is signed in may do this."""
    return reach(current_grants(), act)


def may_open(endpoint: str) -> bool:
    """Whether the role of whoever is signed in opens this page: menus show no locked doors.

    It is no guard: what a page shows of a single studio is asked there.
    """
    access: Access | None = getattr(
        current_app.view_functions.get(endpoint), "__taper_access__", None
    )
    if access is None or access.act is None or not current_user.is_authenticated:
        return True
    where = reach(current_grants(), access.act)
    return where.everywhere if access.at == "group" else bool(where)


def _guarded(view: View, access: Access, check: Callable[[dict[str, Any]], None]) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return _ask_to_sign_in()
        if access.kind == "staff" and _lacks_second_factor():
            return redirect(url_for("security.two_factor_setup"))
        check(request.view_args or {})
        return view(*args, **kwargs)

    return declare(cast(View, guarded), access)


def _check_staff(act: str, at: Where, view_args: dict[str, Any]) -> None:
    where = reach(current_grants(), act)
    if not where:
        raise Forbidden("forbidden", "This needs another role.")
    if at == "group" and not where.everywhere:
        raise Forbidden("forbidden", "This needs a role for the whole group.")
    if at == "location":
        require(act, places.find(view_args["slug"]).id)


def _ask_to_sign_in() -> Response:
    if wants_problem_document():
        raise Unauthenticated("unauthenticated", "Please sign in.")
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("security.login", next=back))


def _lacks_second_factor() -> bool:
    """Whether staff would act by password alone although the operator asks for more."""
    if current_app.config["STAFF_SECOND_FACTOR"] != "required":
        return False
    return current_account().tf_primary_method is None and bool(current_grants())
