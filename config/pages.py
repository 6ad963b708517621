"""The kit that pages are made of: assets, filters, the nonce, forms that keep what was typed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, make_response, render_template, request
from flask_bootstrap import Bootstrap5

from config import assets
from config.errors import FieldProblem, TaperError
from config.formats import FILTERS, MOST_PIPS, current_locale
from config.ids import new_id
from config.problems import STATUS_OF_KIND

# Never shown again, whatever went wrong: a browser would keep them in its page cache.
_NEVER_KEPT = ("password", "csrf_token", "code")


@dataclass(frozen=True, slots=True)
class FormState:
    """What was typed into a form and what was wrong with it; empty for a fresh form."""

    values: Mapping[str, str]
    problems: tuple[FieldProblem, ...] = ()
    message: str = ""

    def value(self, name: str) -> str:
        """What the person typed in this field, or nothing; secrets are never given back."""
        if any(word in name for word in _NEVER_KEPT):
            return ""
        return self.values.get(name, "")

    def problem(self, name: str) -> str:
        """The sentences about this field, or nothing."""
        return " ".join(p.message for p in self.problems if _field_name(p) == name)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self.values


def fresh_form(**values: str) -> FormState:
    """A form nobody has sent yet, with starting values."""
    return FormState(values)


def answer_form(template: str, error: TaperError, **context: Any) -> Response:
    """The same page again with what was typed and what to mend: 422, or 409 for a refusal."""
    state = FormState(request.form.to_dict(), error.fields, error.message)
    page = render_template(template, form=state, **context)
    return make_response(page, STATUS_OF_KIND[error.kind])


def csp_nonce() -> str:
    """The nonce of this response: one per request, made when first asked for."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return g.csp_nonce


def init_pages(app: Flask) -> None:
    """Give an application the kit. Reads GROUP_NAME and DEFAULT_LOCALE of its config."""
    app.config.setdefault("GROUP_NAME", "Taper")
    app.config.setdefault("DEFAULT_LOCALE", "en_US")
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    # Flask-Security puts this attribute on scripts of its own pages.
    app.config.setdefault("SECURITY_SCRIPT_NONCE_KEY", "csp_nonce")
    Bootstrap5(app)
    app.register_blueprint(assets.blueprint)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.globals.update(
        asset=assets.asset_url,
        icon_url=assets.icon_url,
        csp_nonce=csp_nonce,
        new_key=new_id,
        most_pips=MOST_PIPS,
        has_endpoint=_has_endpoint,
        place_options=_place_options,
        html_lang=lambda: str(current_locale()).replace("_", "-"),
    )


def _field_name(problem: FieldProblem) -> str:
    return problem.field.lstrip("/").partition("/")[0]


def _has_endpoint(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _place_options(places: Iterable[Any]) -> list[tuple[str, str]]:
    """Locations as the options of a select: slug and name."""
    return [(place.slug, place.name) for place in places]
