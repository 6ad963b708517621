"""Documents are set from facts; no name, however it is written, breaks one or is lost in it."""

from __future__ import annotations

import io
from datetime import date

import pypdf
import pytest

from config.typeset import legible, pdf

ON = date(2027, 1, 14)
AWKWARD = [
    '#eval("1 + 1")',
    '#import "/etc/passwd": *',
    "\\ $x^2$ *bold* _it_ `code` <label> @ref = Heading",
    "<script>alert(1)</script>",
    "{{7*7}} =HYPERLINK()",
    "O'Brien-\u00c5ngstr\u00f6m \u0141uk\u00e1\u0161",
]


def facts(name: str) -> dict[str, object]:
    line = {"text": "Starter", "details": [], "net": "$99.00", "tax": "$10.25", "rate": "10.35%"}
    return {
        "seller": {"name": "North Studios LLC", "lines": ["12 Pine Street"]},
        "kind": "Invoice",
        "number": "SEA-2027-000001",
        "date": "January 14, 2027",
        "state": "Paid",
        "to_label": "To",
        "to": name,
        "about": [],
        "lines": [line],
        "sums": [{"label": "Total", "amount": "$109.25", "strong": True}],
        "notes": [],
    }


def text_of(name: str) -> str:
    made = pdf("document", facts(name), title="Invoice", on=ON)
    return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages)


@pytest.mark.parametrize("name", AWKWARD)
def test_what_looks_like_markup_is_printed_as_it_was_typed(name: str) -> None:
    printed = "".join(text_of(name).split())
    assert "".join(name.split()) in printed
    assert "$109.25" in printed


@pytest.mark.parametrize(
    "name", ["محمد علي", "王小明", "陳美麗", "さくら", "김민준", "Дарья", "สมชาย"]
)
def test_a_name_is_drawn_in_its_own_letters_on_any_machine(name: str) -> None:
    assert legible(name) == name
    printed = text_of(name)
    assert all(char in printed for char in name if char != " ")


def test_a_name_that_no_font_can_draw_is_spelled_in_latin_letters() -> None:
    hieroglyph = "\U00013000"
    assert legible(hieroglyph).isascii()
    assert legible(hieroglyph) in text_of(hieroglyph)


def test_an_emoji_neither_breaks_a_document_nor_leaves_a_hole() -> None:
    printed = text_of("Ana 😀 Lee 👩‍👩‍👧‍👦")
    assert "Ana" in printed
    assert "Lee" in printed
    assert "$109.25" in printed


def test_controls_and_turned_directions_and_halves_of_characters_go() -> None:
    assert legible("a\x00b\x1bc\u202edef\u2066g") == "abcdefg"
    assert legible("half \ud83d done") == "half ? done"
    assert legible("Ame\u0301lie") == "Amélie"


def test_a_text_without_end_is_cut_and_still_fits() -> None:
    assert len(legible("x" * 100_000)) == 2_000
    assert "$109.25" in text_of("x" * 100_000)


def test_the_same_facts_make_the_same_bytes() -> None:
    again = [pdf("document", facts("Ana Lee"), title="Invoice", on=ON) for _ in range(2)]
    assert again[0] == again[1]
    other = pdf("document", facts("Ana Lee"), title="Invoice", on=date(2027, 1, 15))
    assert other != again[0]
