"""A name is taken from where it stands: no module hands on what it has from another."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from tests.architecture.source import Module, modules, written


def handed_on(files: Iterable[Module]) -> list[str]:
    """Where a name is taken from a module that has it from another; a package may have a face."""
    by_name = {_dotted(module): module for module in files}
    taken = {
        name: _taken(module) - _made(module)
        for name, module in by_name.items()
        if not module.path.endswith("__init__.py")
    }
    return [
        f"{module.path}:{line} {source}.{name} stands elsewhere"
        for module in by_name.values()
        for source, name, line in _used(module, by_name)
        if name in taken.get(source, ())
    ]


def _dotted(module: Module) -> str:
    return module.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _taken(module: Module) -> set[str]:
    """Names that its imports bring in at its top."""
    return {
        alias.asname or alias.name
        for node in module.tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _made(module: Module) -> set[str]:
    """Names that it makes itself."""
    found: set[str] = set()
    for node in module.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            found.update(n.id for n in names if isinstance(n.ctx, ast.Store))
    return found


def _used(module: Module, known: Mapping[str, Module]) -> Iterator[tuple[str, str, int]]:
    """What it takes from our own modules: by name, or with a dot from one that it imported."""
    as_whole: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if f"{node.module}.{alias.name}" in known:
                    as_whole[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                else:
                    yield node.module, alias.name, node.lineno
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            source = as_whole.get(node.value.id)
            if source:
                yield source, node.attr, node.lineno


def test_every_name_is_taken_from_where_it_stands() -> None:
    assert handed_on(modules()) == []


ROWS = written("membership/rows.py", "def locked(): ...")


def test_a_name_that_was_handed_on_is_seen_both_ways() -> None:
    between = written("membership/plans.py", "from membership.rows import locked")
    by_name = written("billing/run.py", "from membership.plans import locked")
    with_a_dot = written("billing/run.py", "from membership import plans as p\np.locked()")
    for caller in (by_name, with_a_dot):
        (breach,) = handed_on([ROWS, between, caller])
        assert breach.startswith("billing/run.py:")


def test_the_face_of_a_package_and_a_name_made_anew_are_fine() -> None:
    face = written("membership/plans/__init__.py", "from membership.rows import locked")
    own = written("membership/packs.py", "from membership.rows import locked as l\nlocked = l")
    uses = "from membership.plans import locked\nfrom membership import packs\npacks.locked()"
    caller = written("billing/run.py", uses)
    assert handed_on([ROWS, face, own, caller]) == []
