"""Every stylesheet, script and icon a page loads, from one address on our own host.

Vendors' files stay inside their wheels and are served by name from a fixed list, so a page
makes no outside request and no path can be walked. The version in the address is a hash of the
content: browsers may keep a file for a year and still see a new one at once.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, abort, request, url_for

OWN_DIR = Path(__file__).resolve().parent.parent / "static"
ONE_YEAR_S = 31_536_000
# The icons our pages name. The vendor's sheet of all of them weighs 1 MB; these weigh 20 kB.
ICONS = frozenset(
    {
        "arrow-left",
        "arrow-repeat",
        "arrow-right",
        "bar-chart",
        "box-arrow-in-right",
        "box-arrow-right",
        "building",
        "calendar-event",
        "calendar-x",
        "check-circle",
        "check-lg",
        "chevron-left",
        "chevron-right",
        "clock-history",
        "credit-card",
        "download",
        "envelope",
        "exclamation-circle",
        "exclamation-triangle",
        "geo-alt",
        "hourglass-split",
        "house",
        "info-circle",
        "lock",
        "moon-stars",
        "pen",
        "people",
        "person",
        "person-check",
        "person-plus",
        "pin-map",
        "receipt",
        "search",
        "shield-check",
        "sun",
        "ticket-perforated",
        "x-circle",
        "x-lg",
    }
)

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it goes over the wire; `version` changes whenever `body` does."""

    body: bytes
    mimetype: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """All assets by public name, read once per process."""
    bootstrap = _wheel("flask_bootstrap") / "static" / "bootstrap5"
    htmx = _wheel("js_lib_htmx") / "static" / "htmx"
    return {
        "bootstrap.css": _file(bootstrap / "css" / "bootstrap.min.css", "text/css"),
        "bootstrap.js": _file(bootstrap / "js" / "bootstrap.min.js", "text/javascript"),
        "popper.js": _file(bootstrap / "umd" / "popper.min.js", "text/javascript"),
        "htmx.js": _file(htmx / "htmx.min.js", "text/javascript"),
        "icons.svg": _icons(bootstrap / "icons" / "bootstrap-icons.svg"),
        "app.css": _file(OWN_DIR / "app.css", "text/css"),
        "app.js": _file(OWN_DIR / "app.js", "text/javascript"),
        "theme.js": _file(OWN_DIR / "theme.js", "text/javascript"),
        "mark.svg": _file(OWN_DIR / "mark.svg", "image/svg+xml"),
    }


def asset_url(name: str) -> str:
    """The address of an asset with its version; an unknown name is a defect and raises KeyError."""
    return url_for("assets.serve", name=name, v=assets()[name].version)


def icon_url(name: str) -> str:
    """The address of one icon inside our sheet; KeyError where the sheet does not hold it."""
    if name not in ICONS:
        raise KeyError(f"icon {name!r} is not in config.assets.ICONS")
    return f"{asset_url('icons.svg')}#{name}"


@blueprint.get("/<name>")
def serve(name: str) -> Response:
    """Answer one asset; only the current version may be kept for long."""
    asset = assets().get(name)
    if asset is None:
        abort(404)
    answer = Response(asset.body, mimetype=asset.mimetype)
    answer.set_etag(asset.version)
    answer.cache_control.public = True
    if request.args.get("v") == asset.version:
        answer.cache_control.max_age = ONE_YEAR_S
        answer.cache_control.immutable = True
    else:
        answer.cache_control.no_cache = True
    answer.make_conditional(request)
    return answer


def _wheel(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed"
    assert spec.origin is not None, f"{package} has no files of its own"
    return Path(spec.origin).parent


def _file(path: Path, mimetype: str) -> Asset:
    return _asset(path.read_bytes(), mimetype)


def _icons(sheet: Path) -> Asset:
    """Cut our icons out of the vendor's sheet, so that one small file serves them all."""
    found = {
        match["id"]: match[0]
        for match in re.finditer(
            r'<symbol [^>]*?id="(?P<id>[a-z0-9-]+)"[^>]*>.*?</symbol>', sheet.read_text("utf-8")
        )
        if match["id"] in ICONS
    }
    missing = ICONS - found.keys()
    assert not missing, f"the icon sheet has no {sorted(missing)}"
    symbols = "".join(found[name] for name in sorted(found))
    return _asset(
        f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'.encode(), "image/svg+xml"
    )


def _asset(body: bytes, mimetype: str) -> Asset:
    return Asset(body, mimetype, hashlib.sha256(body).hexdigest()[:12])
