"""What the database itself refuses, whoever asks: history is added to, never rewritten.

Constraints say what a row may hold; these say what may never become of it. They live below the
code so that neither a bug nor a hurried hand at a database prompt can change what was recorded.
An inserted invoice line is not looked at here, since an invoice and its lines arrive together;
`taper doctor` compares their sums instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

Act = Literal["UPDATE", "DELETE"]

APPEND_ONLY = (
    "audit_entry",
    "audit_seal",
    "credit_entry",
    "credit_note_line",
    "journal_entry",
    "posting",
    "signed_document",
    "mrr_move",
    "member_merge",
    "period_lock",
    "tax_remittance",
    "settlement",
    "gift_card_entry",
    "account_credit_entry",
    "kept_by_bank",
    "till_move",
)
CONSENT_WORDS = (
    "member_id",
    "kind",
    "location_id",
    "plan_version_id",
    "price_cents",
    "tax_cents",
    "currency",
    "text",
    "text_version",
    "given_at",
    "by_account_id",
    "address",
    "agent",
)
INVOICE_CLAIM = (
    "location_id",
    "member_id",
    "reason",
    "source_id",
    "number_year",
    "number_seq",
    "number",
    "issued_on",
    "currency",
    "net_cents",
    "tax_cents",
    "total_cents",
    "created_at",
    "finalised_at",
)
_FINAL = "OLD.state <> 'draft'"


@dataclass(frozen=True, slots=True)
class Guard:
    """A refusal of one act on rows of one table, always or where `when` holds of OLD and NEW.

    `differs` names columns whose change is what is refused.
    """

    name: str
    table: str
    act: Act
    sentence: str
    when: str = ""
    differs: tuple[str, ...] = ()


def guards() -> Iterator[Guard]:
    """Every guard, in the order they are made."""
    for table in APPEND_ONLY:
        sentence = f"{table} is append-only"
        yield Guard(f"guard_{table}_update", table, "UPDATE", sentence)
        yield Guard(f"guard_{table}_delete", table, "DELETE", sentence)
    agreed = "a consent keeps the words and amounts agreed to"
    yield Guard("guard_consent_update", "consent", "UPDATE", agreed, differs=CONSENT_WORDS)
    yield Guard("guard_consent_delete", "consent", "DELETE", agreed)
    final = "a finalised invoice never changes"
    yield Guard("guard_invoice_claim", "invoice", "UPDATE", final, _FINAL, INVOICE_CLAIM)
    yield Guard(
        "guard_invoice_draft", "invoice", "UPDATE", final, f"{_FINAL} AND NEW.state = 'draft'"
    )
    yield Guard("guard_invoice_delete", "invoice", "DELETE", final, _FINAL)
    lines = "lines of a finalised invoice never change"
    final_line = (
        "EXISTS (SELECT 1 FROM invoice i WHERE i.id = OLD.invoice_id AND i.state <> 'draft')"
    )
    yield Guard("guard_invoice_line_update", "invoice_line", "UPDATE", lines, final_line)
    yield Guard("guard_invoice_line_delete", "invoice_line", "DELETE", lines, final_line)
    for column in ("stripe_id", "session_id"):
        yield Guard(
            f"guard_payment_intent_{column}",
            "payment_intent",
            "UPDATE",
            f"payment_intent.{column} is written once",
            f"OLD.{column} IS NOT NULL",
            (column,),
        )


def install(connection: sa.Connection) -> None:
    """Make every guard in a database that has all tables and none of the guards."""
    write = {"sqlite": _sqlite, "postgresql": _postgresql}[connection.dialect.name]
    for guard in guards():
        for statement in write(guard):
            connection.exec_driver_sql(statement)
    if connection.dialect.name == "postgresql":
        for table in APPEND_ONLY:
            connection.exec_driver_sql(_no_truncate(table))


def installed(connection: sa.Connection) -> frozenset[str]:
    """Names of the guards that a database has, for a check that none was dropped."""
    ask = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.dialect.name]
    found: Sequence[Any] = connection.exec_driver_sql(ask).all()
    return frozenset(row[0] for row in found if row[0].startswith("guard_"))


def _condition(guard: Guard, unlike: str) -> str:
    changed = " OR ".join(f"OLD.{column} {unlike} NEW.{column}" for column in guard.differs)
    return " AND ".join(f"({part})" for part in (guard.when, changed) if part)


def _sqlite(guard: Guard) -> Iterator[str]:
    condition = _condition(guard, "IS NOT")
    when = f"WHEN {condition} " if condition else ""
    yield (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.act} ON {guard.table} FOR EACH ROW {when}"
        f"BEGIN SELECT RAISE(ABORT, '{guard.sentence}'); END"
    )


def _postgresql(guard: Guard) -> Iterator[str]:
    # A WHEN of PostgreSQL holds no subquery, so each guard brings its own small function.
    condition = _condition(guard, "IS DISTINCT FROM") or "TRUE"
    row = "OLD" if guard.act == "DELETE" else "NEW"
    yield (
        f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{guard.sentence}' "
        f"USING ERRCODE = 'restrict_violation'; END IF; RETURN {row}; END $$"
    )
    yield (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.act} ON {guard.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()"
    )


def _no_truncate(table: str) -> str:
    return (
        f"CREATE TRIGGER guard_{table}_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION guard_{table}_delete()"
    )
