"""A little application that shows every part of the kit, so that the parts are tested alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from flask import Flask, abort, redirect, render_template, request
from jinja2 import FileSystemLoader
from werkzeug.wrappers import Response

from config.charts import Series, stacked_bars
from config.errors import FieldProblem, Invalid, NotFound, Refused
from config.http import init_http
from config.pages import answer_form, csp_nonce, fresh_form, init_pages

ROOT = Path(__file__).resolve().parents[2]


def kit_app() -> Flask:
    """The kit on a few pages with made-up figures."""
    app = Flask("kit", root_path=str(ROOT), static_folder=None)
    app.jinja_loader = FileSystemLoader([ROOT / "templates", ROOT / "tests/browser/kit_templates"])
    app.secret_key = "only for this test"
    app.config["GROUP_NAME"] = "Northlight Cryo"
    init_pages(app)
    init_http(app)

    @app.get("/")
    def home() -> str:
        return render_template("kit_cards.html", until=date(2026, 12, 31))

    @app.get("/form")
    def form() -> str:
        return render_template("kit_form.html", form=fresh_form())

    @app.post("/form")
    def send() -> Response:
        if request.form.get("name") == "taken":
            raise Refused("taken", "Somebody was faster.")
        if not request.form.get("email"):
            wrong = Invalid(fields=[FieldProblem("/email", "Tell us your e-mail address.")])
            return answer_form("kit_form.html", wrong)
        return redirect("/")

    @app.get("/report")
    def report() -> str:
        months = [f"{at:02} 26" for at in range(1, 11)]
        drawing = stacked_bars(
            title="Revenue per location",
            labels=months,
            series=[
                Series("Seattle", tuple(1_200_000 + 31_337 * at for at in range(10))),
                Series("Tacoma", tuple(700_000 + 22_111 * at for at in range(10))),
                Series("Boise <script>", tuple(300_000 + 9_999 * at for at in range(10))),
            ],
            currency="USD",
            nonce=csp_nonce(),
        )
        return render_template("kit_report.html", drawing=drawing)

    @app.get("/error/<int:status>")
    def error(status: int) -> str:
        abort(status)

    @app.get("/missing")
    def missing() -> str:
        raise NotFound("invoice")

    @app.get("/api/v1/broken")
    def broken() -> str:
        raise Invalid(fields=[FieldProblem("/price", "Whole cents, please.", "not_whole")])

    return app
