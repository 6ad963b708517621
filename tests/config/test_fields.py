"""Bad input at the door: named, never bent into something else."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields as plain
from werkzeug.datastructures import MultiDict

from config import fields
from config.errors import Invalid
from config.inputs import Input, read, read_form


class Sample(Input):
    """One of each, none required."""

    count = fields.StrictInt(high=99)
    page = fields.TextInt(low=1, high=99)
    price_cents = fields.Cents()
    name = fields.SafeStr(most=40)
    note = fields.LongText(most=200)
    on = fields.BizDate()
    slug = fields.Slug()
    id = fields.Id()
    email = fields.Email()
    phone = fields.Phone()
    tags = plain.List(fields.Slug())


class Strictest(Input):
    """What a member must give."""

    name = fields.SafeStr(required=True)
    email = fields.Email(required=True)


def problems(**given):
    with pytest.raises(Invalid) as refused:
        read(Sample, given)
    return [problem.field for problem in refused.value.fields]


GOOD = {
    "count": (0, 0),
    "page": ("7", 7),
    "price_cents": (9_900, 9_900),
    "name": ("  Ann <script> {{7*7}} =HYPERLINK  ", "Ann <script> {{7*7}} =HYPERLINK"),
    "note": ("one\r\ntwo\tthree", "one\ntwo\tthree"),
    "on": ("2028-02-29", date(2028, 2, 29)),
    "slug": ("cold-room-2", "cold-room-2"),
    "id": (
        "01912345-6789-7ABC-8def-0123456789ab",
        UUID("01912345-6789-7abc-8def-0123456789ab"),
    ),
    "email": (" Ann@Example.COM ", "ann@example.com"),
    "phone": ("(206) 555-0123", "+12065550123"),
}


@pytest.mark.parametrize(("field", "case"), GOOD.items(), ids=lambda value: str(value)[:20])
def test_good_input_is_read_and_put_into_its_one_form(field, case):
    assert read(Sample, {field: case[0]}) == {field: case[1]}


BAD = {
    "count": [None, True, 1.0, 1.9, "1", "", -1, 100, 1e400, float("nan"), [1], 10**400],
    "page": [None, 1, "1.0", "0x1", "１２", "٣", "", "-0", "007", "1e3", "1_0", "0", "9" * 400],
    "price_cents": [None, -1, 0.001, 1e400, "100", True, 10**12, {}],
    "name": [
        None,
        7,
        "",
        "   ",
        "\x00",
        "a\x00b",
        "lone \ud800 surrogate",
        "\u202egnp.exe",
        "a\nb",
        "x" * 41,
        "x" * 10_000_000,
        "\ufffe",
        "my card is 4242 4242 4242 4242",
        ["a"],
        b"bytes",
    ],
    "note": ["a\x0bb", "\u2067x", "x" * 201],
    "on": [
        None,
        "",
        "2026-02-30",
        "2026-2-3",
        "0001-01-01",
        "9999-12-31",
        "２０２６-01-01",
        "2026-01-01T00:00",
        "20260101",
        20260101,
        "2026-W01-1",
        "-026-01-01",
    ],
    "slug": ["A", "", "-a", "a--b", "a-", "a b", "é", "x" * 41, None, "a\n"],
    "id": ["", "1", None, 5, "{01912345-6789-7abc-8def-0123456789ab}", "0" * 32, "g" * 36],
    "email": ["", "ann", "ann@", "a@b@c.example", "ann@example.com\nBcc: x@y.example", "a" * 300],
    "phone": ["", "12", "206 555 0123 x5", "tel:evil", "２０６５５５０１２３", None, 2065550123],
}


@pytest.mark.parametrize(
    ("field", "value"),
    [(field, value) for field, values in BAD.items() for value in values],
    ids=lambda value: ascii(value)[:24],
)
def test_bad_input_is_refused_by_the_fields_name(field, value):
    assert problems(**{field: value}) == [f"/{field}"]


@given(st.text(max_size=40))
def test_whatever_text_is_accepted_can_be_stored_and_is_stable(text):
    try:
        once = read(Sample, {"name": text})["name"]
    except Invalid:
        return
    assert "\x00" not in once.encode().decode()
    assert read(Sample, {"name": once})["name"] == once


def test_twins_in_unicode_become_one():
    composed, decomposed = "Zoë", "Zoe\u0308"
    assert read(Sample, {"name": composed}) == read(Sample, {"name": decomposed})


def test_all_problems_come_at_once_and_unknown_fields_are_among_them():
    named = problems(count="1", on="2026-02-30", extra=1, **{"a/b~c": 2})
    assert sorted(named) == ["/a~1b~0c", "/count", "/extra", "/on"]


def test_an_item_of_a_list_is_named_by_its_place():
    assert problems(tags=["ok", "NOT OK", "fine"]) == ["/tags/1"]


@pytest.mark.parametrize("body", [[], "text", 5, None, [{"name": "a"}]])
def test_a_body_that_is_no_object_is_refused_whole(body):
    with pytest.raises(Invalid) as refused:
        read(Sample, body)
    assert [problem.field for problem in refused.value.fields] == [""]


def test_a_form_without_a_needed_field_or_with_a_blank_one_names_both():
    form = MultiDict([("name", "   "), ("csrf_token", "x")])
    with pytest.raises(Invalid) as refused:
        read_form(Strictest, form)
    assert {problem.field for problem in refused.value.fields} == {"/name", "/email"}
    assert {problem.message for problem in refused.value.fields} == {"This is needed."}


def test_a_form_with_a_field_twice_is_refused():
    form = MultiDict([("name", "Ann"), ("name", "Bob"), ("email", "a@example.com")])
    with pytest.raises(Invalid, match="/name: Given more than once"):
        read_form(Strictest, form)


def test_a_blank_optional_field_of_a_form_counts_as_not_given():
    form = MultiDict([("page", ""), ("name", "Ann"), ("tags", "a"), ("tags", "b"), ("go", "1")])
    assert read_form(Sample, form, ignore=("go",)) == {"name": "Ann", "tags": ["a", "b"]}


def test_a_field_nobody_asked_for_in_a_form_is_refused():
    with pytest.raises(Invalid, match="/is_admin"):
        read_form(
            Strictest, MultiDict([("name", "A"), ("email", "a@b.example"), ("is_admin", "1")])
        )
