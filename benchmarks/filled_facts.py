"""What the books of the benchmark speak of: invoices, payments, plans, credits, payouts, tills."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

MEMBERS, FIRST, DAYS = 27_000, date(2024, 1, 1), 1096
_FACTS = (
    """
INSERT INTO member (id, name, name_folded, email, email_key, check_in_code, created_at)
<numbers> SELECT <key>, 'Member ' || s.i, 'member ' || s.i, s.i || '@example.com',
    s.i || '@example.com', 'C' || s.i, CURRENT_TIMESTAMP FROM s
""",
    """
INSERT INTO membership (id, member_id, location_id, plan_version_id, price_cents, currency, status,
    anchor, anchor_day, anchor_n, next_n, next_due_on, started_on, steps_down, created_at)
<numbers> SELECT <key>, <key>, l.id, (SELECT id FROM plan_version LIMIT 1), 7900, 'USD',
    CASE WHEN s.i < 16000 THEN 'ended' ELSE 'active' END, '2026-01-01', 1, 0, 1, '2027-01-01',
    <on:s.i * 1096 / 27000>, <no>, CURRENT_TIMESTAMP FROM s JOIN place l ON l.n = s.i % 50
""",
    *(
        f"""
INSERT INTO mrr_move (id, membership_id, member_id, location_id, kind, occurred_on, delta_cents,
    delta_plans, currency, at)
<numbers> SELECT <nth:s.i * 8 + {n}>, <key>, <key>, l.id, '{kind}',
    <on:s.i * 1096 / 27000 + {later}>, {plans} * 7900, {plans}, 'USD', CURRENT_TIMESTAMP
FROM s JOIN place l ON l.n = s.i % 50 WHERE {only}
"""
        for n, (kind, later, plans, only) in enumerate(
            [
                ("new", 0, 1, "s.i >= 0"),
                ("frozen", 90, -1, "s.i < 24000"),
                ("resumed", 120, 1, "s.i < 24000"),
                ("churn", 300, -1, "s.i < 16000"),
            ]
        )
    ),
    """
INSERT INTO invoice (id, location_id, member_id, reason, source_id, state, number_year,
    number_seq, number, issued_on, currency, net_cents, tax_cents, total_cents, paid_cents,
    credited_cents, refunds_owed_cents, created_at)
SELECT id, sold_at, m.m_id, 'renewal', id, CASE WHEN r % 100 = 0 THEN 'open' ELSE 'paid' END,
    <year>, r, 'N', occurred_on, 'USD', 10, 1, 11, CASE WHEN r % 100 = 0 THEN 0 ELSE 11 END, 0, 0,
    recorded_at
FROM (SELECT e.*, row_number() OVER (ORDER BY id) AS r FROM journal_entry e WHERE kind = 'sale') e
JOIN (SELECT id AS m_id, row_number() OVER (ORDER BY id) AS n FROM member) m ON m.n = r % 27000 + 1
""",
    """
INSERT INTO invoice_line (invoice_id, n, product, product_class, description, quantity, net_cents,
    tax_name, tax_rate_ppm, tax_cents, liability_account)
SELECT e.id, 1, e.product, CASE e.product WHEN 'P0' THEN 'pack' ELSE 'plan' END, 'Plan', 1, 10,
    'Tax of ' || p.name, 100000, 1, 'deferred_sessions'
FROM journal_entry e JOIN location p ON p.id = e.sold_at WHERE e.kind = 'sale'
""",
    """
INSERT INTO taxed_month (location_id, month, tax_name, tax_rate_ppm, product_class, slot,
    base_cents, tax_cents, credited_base_cents, credited_tax_cents)
SELECT e.sold_at, <month>, l.tax_name, l.tax_rate_ppm, l.product_class, 0, SUM(l.net_cents),
    SUM(l.tax_cents), 0, 0
FROM journal_entry e JOIN invoice_line l ON l.invoice_id = e.id WHERE e.kind = 'sale'
GROUP BY e.sold_at, <month>, l.tax_name, l.tax_rate_ppm, l.product_class
""",
    """
INSERT INTO credit_grant (id, member_id, source_type, source_id, location_id, product, currency,
    state, quantity, value_cents, remaining, remaining_cents, valid_from, created_at)
SELECT e.id, i.member_id, 'period', e.id, sold_at, product, 'USD', 'firm', 2, 10,
    CASE WHEN occurred_on >= '2026-10-01' THEN 1 ELSE 0 END,
    CASE WHEN occurred_on >= '2026-10-01' THEN 5 ELSE 0 END, occurred_on, recorded_at
FROM journal_entry e JOIN invoice i ON i.id = e.id WHERE kind = 'sale'
""",
    """
INSERT INTO till_session (id, location_id, currency, opened_on, opened_at, opening_cents,
    closed_at, expected_cents, counted_cents, terminal_cents)
<days> SELECT <nth:s.i * 50 + l.n>, l.id, 'USD', <on:s.i>, <noon:<on:s.i>>, 5000, <noon:<on:s.i>>,
    5000, 5000, 0 FROM s JOIN place l ON l.n < 50
""",
    """
INSERT INTO payment (id, invoice_id, charge_id, tender, source_id, amount_cents, refunded_cents,
    currency, received_at, received_on)
SELECT i.id, i.id, CASE WHEN number_seq % 10 > 0 THEN 'ch_' || i.id END,
    CASE WHEN number_seq % 10 > 0 THEN 'card' ELSE 'cash' END,
    CASE WHEN number_seq % 10 = 0 THEN t.id END, 11, 0, 'USD', i.created_at, issued_on
FROM invoice i JOIN till_session t ON t.location_id = i.location_id AND t.opened_on = i.issued_on
WHERE i.state = 'paid'
""",
    """
INSERT INTO payout (id, stripe_id, stripe_account, state, amount_cents, currency, created_at,
    arrives_on, automatic, booked_on)
<days> SELECT <key>, 'po_' || s.i, 'default', 'paid', 1, 'USD', <noon:<on:s.i>>, <on:s.i + 2>,
    <yes>, <on:s.i> FROM s
""",
    """
INSERT INTO balance_transaction (id, stripe_id, stripe_account, kind, source_id, amount_cents,
    fee_cents, net_cents, currency, created_at, available_at, payout_id, location_id, booked_on)
SELECT p.id, 'txn_' || p.id, 'default', 'charge', p.charge_id, 11, 1, 10, 'USD', p.received_at,
    p.received_at, <nth:<day_of:p.received_on>>, i.location_id, p.received_on
FROM payment p JOIN invoice i ON i.id = p.invoice_id WHERE p.tender = 'card'
""",
    """
INSERT INTO dunning (invoice_id, location_id, state, opened_on, amount_cents, tries,
    decline_class, declined_at, recovered_by, closed_on)
SELECT id, location_id, CASE WHEN state = 'open' THEN 'open' ELSE 'recovered' END, issued_on, 11,
    2, 'soft', created_at, CASE WHEN state = 'open' THEN NULL ELSE 'retry' END, issued_on
FROM invoice WHERE number_seq % 20 = 0
""",
)


def fill(run: Callable[[str], object], *, sqlite: bool) -> None:
    """The invoices and credits that the books speak of, and all else that reports read."""
    words = {
        "year": _year(sqlite),
        "month": "date(e.occurred_on, 'start of month')"
        if sqlite
        else "date_trunc('month', e.occurred_on)::date",
        "numbers": _numbers(MEMBERS, sqlite),
        "days": _numbers(DAYS, sqlite),
        "key": "printf('%032x', s.i)" if sqlite else "lpad(to_hex(s.i), 32, '0')::uuid",
        "day_of": f"CAST(julianday({{d}}) - julianday('{FIRST}') AS INTEGER)"
        if sqlite
        else f"({{d}} - DATE '{FIRST}')",
        "nth": "printf('%032x', {n})" if sqlite else "lpad(to_hex({n}), 32, '0')::uuid",
        "on": f"date('{FIRST}', ({{n}}) || ' days')" if sqlite else f"DATE '{FIRST}' + ({{n}})",
        "noon": "{d} || ' 12:00:00.000000'" if sqlite else "{d} + INTERVAL '12 hours'",
        "yes": "1" if sqlite else "true",
        "no": "0" if sqlite else "false",
    }
    for statement in _FACTS:
        text = statement
        for name, word in words.items():
            text = _put(text, name, word)
        run(text if sqlite else text.replace("%", "%%"))


def _put(text: str, name: str, word: str) -> str:
    """`<name>` or `<name:argument>` as the database spells it."""
    text = text.replace(f"<{name}>", word)
    while f"<{name}:" in text:
        before, _, after = text.partition(f"<{name}:")
        argument, _, rest = after.partition(">")
        text = before + word.replace("{n}", argument).replace("{d}", argument) + rest
    return text


def _numbers(count: int, sqlite: bool) -> str:
    if sqlite:
        return (
            f"WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM s WHERE i < {count - 1})"
        )
    return f"WITH s AS (SELECT i FROM generate_series(0, {count - 1}) AS i)"


def _year(sqlite: bool) -> str:
    return (
        "CAST(strftime('%Y', occurred_on) AS INTEGER)"
        if sqlite
        else ("EXTRACT(year FROM occurred_on)::int")
    )
