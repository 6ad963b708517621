"""The project's own source, read as syntax: what a module imports, calls and measures."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("config", "locations", "membership", "billing")
EDGES = frozenset(
    {"api", "portal", "desk", "manager", "account", "jobs", "cli", "held_cli", "journal_cli"}
)


@dataclass(frozen=True)
class Import:
    """One imported name: `module` is where it comes from, `name` what is taken, if anything."""

    module: str
    name: str
    line: int

    @property
    def full(self) -> str:
        """Module and name in one, as one would write it in full."""
        return f"{self.module}.{self.name}" if self.name else self.module

    @property
    def top(self) -> str:
        """The outermost package."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Module:
    """A source file by its path from the root, for example `billing/rules/invoice.py`."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file's syntax."""
        return ast.parse(self.text, self.path)

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and file name."""
        return Path(self.path).parts

    @property
    def folder(self) -> str:
        """The package it lies in, dotted."""
        return ".".join(self.parts[:-1])

    @property
    def floor(self) -> str:
        """The floor it stands on; empty for the roof and the sandbox."""
        return self.parts[0] if self.parts[0] in FLOORS else ""

    @property
    def in_rules(self) -> bool:
        """Whether it is one of the pure ones."""
        return bool(self.floor) and len(self.parts) > 2 and self.parts[1] == "rules"

    @property
    def is_edge(self) -> bool:
        """Whether the outside world enters here."""
        return bool(self.floor) and len(self.parts) > 1 and Path(self.parts[1]).stem in EDGES

    def imports(self) -> Iterator[Import]:
        """Every import, wherever it hides: in a function or under TYPE_CHECKING."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (Import(alias.name, "", node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = self._resolved(node)
                yield from (Import(module, alias.name, node.lineno) for alias in node.names)

    def calls(self) -> Iterator[tuple[str, ast.Call]]:
        """Every call with what is called, written as in the source: `db.session.commit`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield ast.unparse(node.func), node

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function and method."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def _resolved(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        folder = list(self.parts[:-1])
        base = folder[: len(folder) - node.level + 1]
        return ".".join([*base, *([node.module] if node.module else [])])


@cache
def modules() -> tuple[Module, ...]:
    """The roof, every floor and the sandbox; written migrations are history and left out."""
    files = [ROOT / "app.py"]
    for top in (*FLOORS, "stripe_sandbox"):
        files += sorted((ROOT / top).rglob("*.py"))
    kept = [file for file in files if "versions" not in file.parts]
    return tuple(Module(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in kept)


def written(path: str, text: str) -> Module:
    """A module that exists only in a test, to show that a rule can be broken."""
    return Module(path, text)
