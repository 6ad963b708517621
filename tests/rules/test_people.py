"""The same mailbox under another spelling is the same; what is not known to be, is not."""

from __future__ import annotations

import pytest

from membership.rules.people import mailbox


@pytest.mark.parametrize(
    ("address", "same_as"),
    [
        ("Ana.Mora@Gmail.com", "anamora@gmail.com"),
        ("ana.mora+cold@googlemail.com", "anamora@gmail.com"),
        ("ana+cold@outlook.com", "ana@outlook.com"),
        ("a.na+x@pm.me", "ana@proton.me"),
        ("ana@icloud.com", "ana@icloud.com"),
    ],
)
def test_spellings_that_a_provider_ignores_name_one_mailbox(address: str, same_as: str) -> None:
    assert mailbox(address) == same_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ana.mora@studio.example", "anamora@studio.example"),
        ("ana+1@studio.example", "ana@studio.example"),
        ("ana.mora@outlook.com", "anamora@outlook.com"),
        ("ana@gmail.com", "ana@outlook.com"),
    ],
)
def test_what_may_be_two_people_is_two(one: str, other: str) -> None:
    assert mailbox(one) != mailbox(other)


def test_an_address_of_signs_alone_keeps_them() -> None:
    assert mailbox("+@gmail.com") == "+@gmail.com"
