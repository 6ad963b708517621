"""What a quick look leaves out, and that it leaves nothing out altogether."""

from tests.support import kinds

TESTS = [f"tests/test_{n}.py::test_it[{kind}-{n}]" for n in range(40) for kind in kinds.KINDS]
ALONE = ["tests/test_a.py::test_rule", "tests/test_b.py::test_only_here[postgresql]"]


def test_a_test_of_both_databases_is_looked_at_on_one_and_either_has_its_share() -> None:
    kept = [test for test in TESTS if test not in kinds.left_out(TESTS)]
    assert [test.split("::")[0] for test in kept] == [f"tests/test_{n}.py" for n in range(40)]
    assert {kind: any(kind in test for test in kept) for kind in kinds.KINDS} == {
        "sqlite": True,
        "postgresql": True,
    }


def test_what_has_no_twin_stays() -> None:
    assert kinds.left_out(ALONE) == frozenset()


def test_the_choice_does_not_depend_on_what_else_is_looked_at() -> None:
    both = TESTS[:2]
    assert kinds.left_out(both) == kinds.left_out(TESTS) & set(both)
