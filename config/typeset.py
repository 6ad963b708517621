"""The only door to the typesetter: a document's facts in, a PDF out.

Texts travel as data and never as markup, so nothing that somebody is called can break a page or
run in it. A character that no font at hand can draw is spelled in Latin letters instead: a name
may look foreign, but no document is ever lost for it.
"""

from __future__ import annotations

import json
import tempfile
import threading
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import noto_cjk_sans_otc
import pymupdf_fonts
import typst

_DOCUMENTS = Path(__file__).parent.parent / "templates" / "documents"
# Latin, Greek, Cyrillic, Arabic, Hebrew, Thai, Georgian, Devanagari; and signs.
_SHIPPED = ("figo", "figbo", "symbol1", "symbol2")
_CJK = Path(str(noto_cjk_sans_otc.FONT_PATH))  # Chinese, Japanese and Korean
_LONGEST_TEXT = 2_000
_one_at_a_time = threading.Lock()


def pdf(template: str, facts: Mapping[str, Any], *, title: str, on: date) -> bytes:
    """`templates/documents/<template>.typ` set with these facts; the same facts, the same bytes.

    `facts` are plain values; every text in them is made legible first. `on` is the date that
    the file carries as its own.
    """
    asked = {"facts": json.dumps(_legible({"title": title, **facts}), ensure_ascii=True)}
    with _one_at_a_time:
        made = _compiler().compile(
            input=str(_DOCUMENTS / f"{template}.typ"),
            format="pdf",
            sys_inputs=asked,
            timestamp=(on - date(1970, 1, 1)).days * 86_400,
        )
    assert isinstance(made, bytes), "a PDF is one file"
    return made


def legible(text: str) -> str:
    """The text without what controls its reader, and with every character that can be drawn.

    Control characters and direction overrides go, halves of characters become a question mark,
    and what no font has is spelled in Latin letters.
    """
    whole = text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")
    composed = unicodedata.normalize("NFC", whole)
    return "".join(_drawn(char) for char in composed if _stays(char)).strip()


def _legible(value: Any) -> Any:
    match value:
        case str():
            return legible(value)
        case Mapping():
            return {name: _legible(held) for name, held in value.items()}
        case list() | tuple():
            return [_legible(held) for held in value]
        case _:
            return value


def _stays(char: str) -> bool:
    """Neither a control, nor a sign that turns or hides what follows; a joiner may stay."""
    return unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp") and (
        unicodedata.category(char) != "Cf" or char in "\u200c\u200d"
    )


@cache
def _drawn(char: str) -> str:
    if char in "\u200c\u200d\ufe0e\ufe0f" or char.isspace():
        return char
    if any(ord(char) in _characters(path) for path in _fonts()):
        return char
    from anyascii import anyascii  # slow to import, seldom needed

    return anyascii(char)


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(root=str(_DOCUMENTS), font_paths=[str(_folder()), str(_CJK.parent)])


@cache
def _folder() -> Path:
    """The fonts that come with us, as files: the package carries them packed."""
    folder = Path(tempfile.mkdtemp(prefix="taper-fonts-"))
    for name in _SHIPPED:
        (folder / f"{name}.otf").write_bytes(pymupdf_fonts.myfont(name))
    return folder


def _fonts() -> Iterator[Path]:
    """What comes with us, and then the machine's own: asked only for what ours cannot draw."""
    yield from sorted(_folder().iterdir())
    yield _CJK
    yield from _machines()


@cache
def _machines() -> Sequence[Path]:
    return sorted({Path(font.path) for font in typst.Fonts().fonts() if font.path is not None})


@cache
def _characters(path: Path) -> frozenset[int]:
    from fontTools.ttLib import TTFont, TTLibError  # slow to import, needed once

    try:
        # The fonts of a collection draw the same characters, each in its country's way.
        number = 0 if path.suffix.lower() == ".ttc" else -1
        return frozenset(TTFont(path, lazy=True, fontNumber=number).getBestCmap() or {})
    except (TTLibError, OSError):
        return frozenset()  # a broken font on the machine draws nothing
