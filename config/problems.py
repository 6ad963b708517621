"""One place that turns an error into an answer: a document for programs, a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, json, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from config.errors import FieldProblem, TaperError

PROGRAMS = ("/api/", "/webhooks/")  # addresses that no person opens

STATUS_OF_KIND: Mapping[str, int] = {
    "invalid": 422,
    "refused": 409,
    "not_found": 404,
    "forbidden": 403,
    "unauthenticated": 401,
    "unavailable": 503,
    "error": 500,
}
# Status: heading, and what to do next. No sentence tells more than the reader may know.
_PAGES: Mapping[int, tuple[str, str]] = {
    400: ("We could not read that", "Go back and try once more."),
    401: ("Please sign in", "This page is for members and staff."),
    403: ("This is not yours to open", "Ask your manager if you think it should be."),
    404: ("Nothing here", "The address may be mistyped, or the page has moved."),
    405: ("Not that way", "Go back and use the button on the page."),
    409: ("That no longer fits", "Something changed meanwhile. Go back and look again."),
    413: ("That is too much at once", "Send something smaller."),
    415: ("We cannot read that kind of file", "Go back and try another way."),
    422: ("Some of this needs another look", "Go back, mend it and send it again."),
    429: ("A little too fast", "Wait a minute, then try again."),
    500: (
        "Something broke on our side",
        "Nothing of yours was lost. Please try again in a minute.",
    ),
    503: ("Back in a moment", "Something we rely on does not answer. Nothing was lost."),
}
_PAGE_EXPIRED = (
    "This page was open too long, or cookies are off. Open it again and send it once more."
)


def init_problems(app: Flask) -> None:
    """Register the handlers. Call it after any API extension, whose own handler it replaces."""
    app.register_error_handler(TaperError, _answer_ours)
    app.register_error_handler(HTTPException, _answer_http)


def wants_problem_document() -> bool:
    """Whether the caller is a program: an address made for one, or one that prefers JSON."""
    if request.path.startswith(PROGRAMS) or request.path.endswith(".json"):
        return True
    best = request.accept_mimetypes.best_match(
        ["text/html", "application/json", "application/problem+json"]
    )
    return best is not None and best != "text/html"


def _answer_ours(error: TaperError) -> Response:
    status = STATUS_OF_KIND[error.kind]
    return _answer(
        status,
        code=error.code,
        detail=error.message,
        sentence=error.message,
        problems=error.fields,
    )


def _answer_http(error: HTTPException) -> Response:
    if error.response is not None:
        return make_response(error.response)
    if isinstance(error, SecurityError):
        # An untrusted Host: no address can be built for it, so the page has no link.
        return Response("This address is not served here.\n", 400, mimetype="text/plain")
    status = error.code or 500
    expired = isinstance(error, CSRFError)
    described = error.description if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
    answer = _answer(
        status,
        code="page_expired" if expired else HTTPStatus(status).name.lower(),
        detail=_PAGE_EXPIRED if expired else described or "",
        sentence=_PAGE_EXPIRED if expired else "",
        problems=tuple(_problems_of_schema(getattr(error, "data", None))),
    )
    for name, value in error.get_headers():
        # Allow and Retry-After are part of the answer; the body's own type is ours.
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _answer(
    status: int, *, code: str, detail: str, sentence: str, problems: tuple[FieldProblem, ...]
) -> Response:
    """`detail` is for programs; `sentence` is for people, and empty where nobody wrote one."""
    heading, advice = _PAGES.get(status, (HTTPStatus(status).phrase, "Go back and try once more."))
    request_id = g.get("request_id")
    if wants_problem_document():
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "code": code,
            "detail": detail or advice,
        }
        if problems:
            body["errors"] = [
                {"field": p.field, "code": p.code, "message": p.message} for p in problems
            ]
        if request_id:
            body["request_id"] = request_id
        return Response(json.dumps(body), status, mimetype="application/problem+json")
    page = render_template(
        "errors/page.html",
        status=status,
        heading=heading,
        advice=advice,
        detail=sentence,
        problems=problems,
        request_id=request_id,
    )
    return make_response(page, status)


def _problems_of_schema(data: object) -> Iterator[FieldProblem]:
    """Field problems out of a schema's nested messages, each named by a JSON pointer."""
    if not isinstance(data, Mapping):
        return
    messages = data.get("messages")
    if not isinstance(messages, Mapping):
        return
    for place, inside in messages.items():
        # The outermost key says where the input came from: a body, a query, a form.
        prefix = (
            "" if place in {"json", "query", "form", "files", "path", "headers"} else f"/{place}"
        )
        yield from _pointers(prefix, inside)


def _pointers(prefix: str, messages: object) -> Iterator[FieldProblem]:
    if isinstance(messages, Mapping):
        for key, inside in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from _pointers(prefix + step, inside)
    elif isinstance(messages, (list, tuple)):
        for one in messages:
            yield from _pointers(prefix, one)
    else:
        yield FieldProblem(prefix or "/", str(messages))
