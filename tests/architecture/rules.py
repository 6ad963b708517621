"""The rules of the house. Each takes a module and yields a sentence for each breach."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator

from tests.architecture.source import EDGES, FLOORS, Import, Module

Rule = Callable[[Module], Iterator[str]]

# What a pure rule may not touch, though it comes with Python: the world outside its arguments.
IMPURE = frozenset(
    {"asyncio", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
    | {"shutil", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time"}
    | {"urllib", "uuid.uuid4", "uuid.uuid1"}
)
PURE_GROUND = ("config.money", "config.calendar", "config.errors")
DOORS = {
    "stripe": ("billing/gateway",),
    "apscheduler": ("config/scheduler.py",),
    "procrastinate": ("config/queue.py",),
    "flask_mailman": ("config/mail.py",),
}
# Who holds a call to another system between short transactions is an edge too: none may stay
# open while the other side thinks. On the billing floor that is whoever uses the gateway; the
# others are named here. Unlike the edges proper, these may be called by one.
BETWEEN_CALLS = {
    "billing/plan_changes/change_desk.py": "a change with a renewal, or a move of home",
    "billing/plan_changes/change_pages.py": "a change of plan or home by its member, on to Stripe",
    "billing/day.py": "a location's day: every step commits before the next begins",
    "billing/sales/desk_extras.py": "an extra session is one commit, its charge another",
    "billing/leaving/desk_leaving.py": "the desk ends a plan, and its claim at Stripe first",
    "billing/sales/desk_sales.py": "a sale at the desk is one commit, its charge another",
    "billing/sales/desk_tenders.py": "a sale at the counter, other pages being closed before it",
    "billing/sales/desk_undo.py": "an extra session's claim at Stripe is closed before its credit",
    "billing/holds/hold_desk.py": "the desk's pages of a hold, its fee collected between commits",
    "billing/holds/hold_pages.py": "a member's pages of a hold, its fee collected between commits",
    "billing/holds/holding.py": "a hold and its fee are one commit, the charge of the card another",
    "billing/joining/join.py": "the pages on which a stranger becomes a member",
    "billing/joining/join_agree.py": "enrols in one commit, other pages being closed before it",
    "billing/joining/join_steps.py": "the pages on which a stranger becomes a member",
    "billing/leaving/leaving.py": "the two clicks that end a plan, and its claim at Stripe first",
    "billing/pace.py": "a place in the bucket is taken and given up before the call",
    "billing/sales/phone.py": "a sale of the desk on the member's phone, on to Stripe's page",
    "billing/sales/phone_pages.py": "the page that the desk's code opens",
    "billing/runs/run.py": "issues in batches and collects between them",
    "billing/payments/taking.py": "other ways to pay are closed before money is taken",
    "billing/timetable.py": "the clock's ticks enter here",
    "membership/front_desk/desk_member.py": "who stands at the desk on its date",
    "membership/people/own.py": "who is signed in on whose date, for every page of one's own",
    "locations/listing_pages.py": "hangs up what stands behind a number, as of now",
    "locations/months_asked.py": "which months and locations the address of a report asks for",
    "locations/sign_in.py": "Flask-Security's own store commits by itself",
    "config/mail_delivery.py": "a claim commits before the mail leaves, so that it leaves once",
}
# The list of a day's work names the jobs of the floor below, which are services by another name.
DAY_LISTS = {"billing/day.py": "membership.jobs"}
OPENERS = ("transaction", "run_txn")
ENDERS = ("commit", "rollback", "begin", "begin_nested")
CLOCK = "config/clock.py"
# Not business time: when the machine should look next.
MACHINE_TIME = frozenset({CLOCK, "config/scheduler.py"})
HIDDEN_CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "func.now",
    "func.current_timestamp",
    "func.current_date",
)
# Lease time is no business time: whoever holds a claim may look how long it lasts.
CLOCK_READS = frozenset({"now"})


def imports_go_down(module: Module) -> Iterator[str]:
    """Rule 1: no floor imports one above it, the roof or the sandbox; the sandbox no floor."""
    for one in module.imports():
        upstairs = (
            module.floor
            and one.top in FLOORS
            and FLOORS.index(one.top) > FLOORS.index(module.floor)
        )
        if upstairs or (module.floor and one.top in ("app", "stripe_sandbox", "tests")):
            yield f"{module.path}:{one.line} imports upstairs: {one.full}"
        if module.parts[0] == "stripe_sandbox" and one.top in (*FLOORS, "app", "tests"):
            yield f"{module.path}:{one.line} the sandbox imports a floor: {one.full}"


def layers_hold(module: Module) -> Iterator[str]:
    """Rule 2: rules, models, services, edges; each sees those before it, no edge another."""
    if not module.floor:
        return
    here = _layer_of_path(module)
    for one in module.imports():
        if one.top not in FLOORS or _same_folder(module, one):
            continue
        if DAY_LISTS.get(module.path) == one.full:
            continue
        there = _layer_of_import(one.module, one.name)
        if there > here or (there == here == 3):
            pair = f"a {_LAYERS[here]} imports a {_LAYERS[there]}"
            yield f"{module.path}:{one.line} {pair}: {one.full}"


def _same_folder(module: Module, one: Import) -> bool:
    """An edge with many pages is a folder, whose files belong together."""
    return module.is_edge and len(module.parts) > 2 and one.full.startswith(module.folder)


_LAYERS = ("rule", "model", "service", "edge")


def _layer_of_path(module: Module) -> int:
    if module.floor == "config":
        return 3 if module.is_edge else 2
    if module.in_rules:
        return 0
    if module.parts[1] in ("models.py", "models"):
        return 1
    return 3 if module.is_edge else 2


def _layer_of_import(source: str, name: str) -> int:
    floor, *rest = [*source.split("."), name]
    inner = rest[0] if rest else ""
    if inner in EDGES:
        return 3
    if floor == "config":
        return 0
    return {"rules": 0, "models": 1, "": 0}.get(inner, 2)


def rules_are_pure(module: Module) -> Iterator[str]:
    """Rule 3: a rule sees its arguments, the standard library and other rules."""
    if not module.in_rules:
        return
    for one in module.imports():
        standard = one.top in sys.stdlib_module_names
        if standard and not (one.top in IMPURE or one.full in IMPURE):
            continue
        ours = one.top in FLOORS and (
            f"{one.module}.".startswith(f"{one.top}.rules.") or _starts(one.full, PURE_GROUND)
        )
        if not ours:
            yield f"{module.path}:{one.line} is not pure: {one.full}"


def vendors_have_one_door(module: Module) -> Iterator[str]:
    """Rule 4: each vendor is imported in one place."""
    if module.parts[0] == "stripe_sandbox":
        return
    for one in module.imports():
        doors = DOORS.get(one.top)
        if doors and not module.path.startswith(doors):
            yield f"{module.path}:{one.line} a second door to {one.top}"


def only_edges_open_transactions(module: Module) -> Iterator[str]:
    """Rule 5: a service flushes at most; what commits is an edge, or named with its reason."""
    if not module.floor or _is_edge(module):
        return
    if module.path == "config/db.py" or "migrations" in module.parts:
        return
    for called, node in module.calls():
        last = called.rpartition(".")[2]
        ends = last in ENDERS and "session" in called
        if ends or (last in OPENERS and called in (last, f"db.{last}", f"database.{last}")):
            yield f"{module.path}:{node.lineno} a service opens or ends a transaction: {called}()"


def clock_is_not_hidden(module: Module) -> Iterator[str]:
    """Rule 7: time is an argument, read at edges through config.clock."""
    if not module.floor or module.path in MACHINE_TIME:
        return
    for called, node in module.calls():
        if called.endswith(HIDDEN_CLOCKS):
            yield f"{module.path}:{node.lineno} a hidden clock: {called}()"
        if any(word.arg == "server_default" for word in node.keywords):
            yield f"{module.path}:{node.lineno} the database fills in a value: server_default"
        reads = called.removeprefix("config.").removeprefix("clock.") in CLOCK_READS
        if reads and called.startswith(("clock.", "config.clock.")) and not _is_edge(module):
            yield f"{module.path}:{node.lineno} reads the clock below an edge: {called}()"
    for one in module.imports():
        if one.module == "config.clock" and one.name in CLOCK_READS and not _is_edge(module):
            yield f"{module.path}:{one.line} reads the clock below an edge: {one.full}"


def _is_edge(module: Module) -> bool:
    return (
        module.is_edge
        or module.path in BETWEEN_CALLS
        or any(one.full.startswith("billing.gateway") for one in module.imports())
    )


def time_has_no_default(module: Module) -> Iterator[str]:
    """Rule 7, its other half: nobody is spared saying when."""
    for function in module.functions():
        arguments = function.args
        plain = [*arguments.posonlyargs, *arguments.args]
        defaults = plain[len(plain) - len(arguments.defaults) :]
        keyed = [a for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d]
        for argument in (*defaults, *keyed):
            if module.floor and argument.arg == "now":
                place = f"{module.path}:{function.lineno} {function.name}()"
                yield f"{place} has a default for {argument.arg}"


def money_divides_in_one_place(module: Module) -> Iterator[str]:
    """Rule 8: whole minor units; only config/money.py divides them, nobody makes floats."""
    if not module.floor or module.path == "config/money.py":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.FloorDiv | ast.Mod):
            if _is_text(node.left) or not (_holds_cents(node.left) or _holds_cents(node.right)):
                continue
            yield f"{module.path}:{node.lineno} divides money: {ast.unparse(node)}"
        if isinstance(node, ast.Call) and _divides(node):
            yield f"{module.path}:{node.lineno} divides money: {ast.unparse(node)}"
        if isinstance(node, ast.AnnAssign | ast.arg) and _annotated_float_cents(node):
            yield f"{module.path}:{node.lineno} money that is not a whole number"


def _divides(node: ast.Call) -> bool:
    divider = ast.unparse(node.func) in ("divmod", "round", "float")
    return divider and any(_holds_cents(argument) for argument in node.args)


def _annotated_float_cents(node: ast.AnnAssign | ast.arg) -> bool:
    name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
    kind = ast.unparse(node.annotation) if node.annotation else ""
    return name.endswith("_cents") and ("float" in kind or "Decimal" in kind)


def _holds_cents(node: ast.expr) -> bool:
    names = (n.id if isinstance(n, ast.Name) else n.attr for n in _names(node))
    return any(name == "cents" or name.endswith("_cents") for name in names)


def _names(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name | ast.Attribute):
            yield inner


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)
