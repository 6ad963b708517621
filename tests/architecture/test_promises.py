"""The doctor writes its one statement once in a process, however many applications there are."""

from __future__ import annotations

from app import DOCTORS
from config.doctor import Check, Doctor


class _Asked(Doctor):
    """Keeps what it was given to check."""

    def __init__(self) -> None:
        super().__init__()
        self.checks: list[Check] = []

    def register(self, code: str, promise: str, *checks: Check) -> None:
        super().register(code, promise, *checks)
        self.checks += checks


def test_a_second_application_is_asked_with_the_very_checks_of_the_first():
    first, second = _Asked(), _Asked()
    for floor in DOCTORS:
        floor.register(first)
        floor.register(second)
    assert first.checks
    assert [
        one for one, other in zip(first.checks, second.checks, strict=True) if one != other
    ] == []
