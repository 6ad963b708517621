"""Figures for Prometheus, at `/metrics`: for a bearer of the token, or for this machine alone."""

from __future__ import annotations

import ipaddress

from flask import Blueprint, Flask, Response, abort, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from config.clock import monotonic

REGISTRY = CollectorRegistry()
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via")

REQUESTS = Counter(
    "taper_http_requests", "Requests answered", ["endpoint", "method", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "taper_http_request_seconds", "Seconds to answer", ["endpoint"], registry=REGISTRY
)
JOBS = Counter("taper_jobs", "Jobs run", ["name", "outcome"], registry=REGISTRY)
JOB_SECONDS = Histogram("taper_job_seconds", "Seconds a job took", ["name"], registry=REGISTRY)


def counter(name: str, doc: str, labels: tuple[str, ...] = ()) -> Counter:
    """A counter of another floor; made once, at import."""
    return Counter(f"taper_{name}", doc, labels, registry=REGISTRY)


def gauge(name: str, doc: str, labels: tuple[str, ...] = ()) -> Gauge:
    """A gauge of another floor; made once, at import."""
    return Gauge(f"taper_{name}", doc, labels, registry=REGISTRY)


def histogram(name: str, doc: str, labels: tuple[str, ...] = ()) -> Histogram:
    """A histogram of another floor; made once, at import."""
    return Histogram(f"taper_{name}", doc, labels, registry=REGISTRY)


def init_metrics(app: Flask) -> None:
    """Measure every request and serve the figures."""
    pages = Blueprint("metrics", __name__)
    pages.add_url_rule("/metrics", "figures", figures, methods=["GET"])
    app.register_blueprint(pages)
    app.before_request(_begin)
    app.after_request(_count)


def figures() -> Response:
    """All figures in Prometheus' text format; 404 for anybody who may not see them."""
    if not _may_see():
        abort(404)
    return Response(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)


def _may_see() -> bool:
    token = current_app.extensions["taper.settings"].metrics_token
    if token is not None:
        kind, _, offered = request.headers.get("Authorization", "").partition(" ")
        return kind.lower() == "bearer" and token.matches(offered.strip())
    # A proxy on this machine makes the whole world look local: then only a token will do.
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _begin() -> None:
    g.metrics_began = monotonic()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(endpoint, method, response.status_code).inc()
    if "metrics_began" in g:
        REQUEST_SECONDS.labels(endpoint).observe(monotonic() - g.metrics_began)
    return response


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
