"""The first tables, their guards, and the task queue's own where PostgreSQL runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from procrastinate.schema import SchemaManager

from config.migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for make in _TABLES:
        make()
    connection = op.get_bind()
    guards.install(connection)
    if connection.dialect.name == "postgresql":
        # Procrastinate's script holds many statements, which only a bare cursor takes at once.
        connection.connection.driver_connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    raise RuntimeError("the first tables hold the books: restore a backup instead")


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("mf_recovery_codes", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_account_fs_uniquifier")),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_label", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=80), nullable=False),
        sa.Column("subject_type", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index(op.f("ix_audit_entry_subject_id"), "audit_entry", ["subject_id"], unique=False)


def _job_state() -> None:
    op.create_table(
        "job_state",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_state")),
    )


def _journal_entry() -> None:
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source_type", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("sold_at", sa.Uuid(), nullable=True),
        sa.Column("home_at", sa.Uuid(), nullable=True),
        sa.Column("delivered_at", sa.Uuid(), nullable=True),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("for_month", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["journal_entry.id"], name=op.f("fk_journal_entry_corrects_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint(
            "source_id",
            "kind",
            "source_type",
            name=op.f("uq_journal_entry_source_id_kind_source_type"),
        ),
    )
    op.create_index(
        "ix_journal_entry_corrects",
        "journal_entry",
        ["corrects_id"],
        unique=False,
        sqlite_where=sa.text("corrects_id IS NOT NULL"),
        postgresql_where=sa.text("corrects_id IS NOT NULL"),
    )
    op.create_index("ix_journal_entry_day", "journal_entry", ["occurred_on", "kind"], unique=False)


def _legal_entity() -> None:
    op.create_table(
        "legal_entity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_entity")),
        sa.UniqueConstraint("name", name=op.f("uq_legal_entity_name")),
    )


def _outbox_message() -> None:
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("to_address", sa.String(length=254), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column(
            "context", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state = 'ready' OR state = 'sending' OR state = 'sent' OR state = 'failed' OR state = 'unknown' OR state = 'bounced'",
            name=op.f("ck_outbox_message_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_message_dedupe_key")),
    )
    op.create_index(
        "ix_outbox_message_ready",
        "outbox_message",
        ["not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )


def _pace() -> None:
    op.create_table(
        "pace",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("next_free_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pace")),
    )


def _pack() -> None:
    op.create_table(
        "pack",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "kind = 'starter' OR kind = 'extension' OR kind = 'booster' OR kind = 'drop_in'",
            name=op.f("ck_pack_kind_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack")),
        sa.UniqueConstraint("code", name=op.f("uq_pack_code")),
    )


def _payout() -> None:
    op.create_table(
        "payout",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("arrives_on", sa.Date(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column("failed_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payout_stripe_id")),
    )
    op.create_index(op.f("ix_payout_stripe_account"), "payout", ["stripe_account"], unique=False)


def _plan() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("tier", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan")),
        sa.UniqueConstraint("code", name=op.f("uq_plan_code")),
    )


def _reconcile_run() -> None:
    op.create_table(
        "reconcile_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("seen_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("charges", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.BigInteger(), nullable=False),
        sa.Column("disputes", sa.BigInteger(), nullable=False),
        sa.Column("payouts", sa.BigInteger(), nullable=False),
        sa.Column("breaks", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconcile_run")),
        sa.UniqueConstraint(
            "stripe_account",
            "business_date",
            name=op.f("uq_reconcile_run_stripe_account_business_date"),
        ),
    )


def _stray_intent() -> None:
    op.create_table(
        "stray_intent",
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("source_key", sa.String(length=120), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("stripe_id", name=op.f("pk_stray_intent")),
    )
    op.create_index(
        "ix_stray_intent_waiting",
        "stray_intent",
        ["reason", "source_key"],
        unique=False,
        sqlite_where=sa.text("adopted_at IS NULL"),
        postgresql_where=sa.text("adopted_at IS NULL"),
    )


def _webhook_event() -> None:
    op.create_table(
        "webhook_event",
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("object_id", sa.String(length=120), nullable=False),
        sa.Column(
            "payload", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("live_mode", sa.Boolean(), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "state = 'new' OR state = 'done' OR state = 'parked'",
            name=op.f("ck_webhook_event_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_event")),
    )
    op.create_index(
        "ix_webhook_event_waiting", "webhook_event", ["state", "next_try_at"], unique=False
    )


def _audit_seal() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_seal_entry_id")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )


def _location() -> None:
    op.create_table(
        "location",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("jurisdiction", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("number_prefix", sa.String(length=8), nullable=False),
        sa.Column("legal_entity_id", sa.Uuid(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["legal_entity_id"], ["legal_entity.id"], name=op.f("fk_location_legal_entity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("number_prefix", name=op.f("uq_location_number_prefix")),
        sa.UniqueConstraint("slug", name=op.f("uq_location_slug")),
    )


def _member() -> None:
    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("name_folded", sa.String(length=160), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("check_in_code", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_member_account_id")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["member.id"], name=op.f("fk_member_merged_into_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("account_id", name=op.f("uq_member_account_id")),
        sa.UniqueConstraint("check_in_code", name=op.f("uq_member_check_in_code")),
        sa.UniqueConstraint("email", name=op.f("uq_member_email")),
    )
    op.create_index(op.f("ix_member_email_key"), "member", ["email_key"], unique=False)
    op.create_index(op.f("ix_member_merged_into_id"), "member", ["merged_into_id"], unique=False)
    op.create_index(op.f("ix_member_name_folded"), "member", ["name_folded"], unique=False)
    op.create_index(op.f("ix_member_phone"), "member", ["phone"], unique=False)


def _pack_version() -> None:
    op.create_table(
        "pack_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("window_days", sa.BigInteger(), nullable=False),
        sa.Column("first_use_days", sa.BigInteger(), nullable=False),
        sa.Column("roams", sa.Boolean(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.CheckConstraint("sessions > 0", name=op.f("ck_pack_version_sessions_positive")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_pack_version_pack_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_version")),
        sa.UniqueConstraint("pack_id", "n", name=op.f("uq_pack_version_pack_id_n")),
    )


def _period_lock() -> None:
    op.create_table(
        "period_lock",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_period_lock_by_account_id")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_period_lock")),
    )


def _plan_version() -> None:
    op.create_table(
        "plan_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("interval_count", sa.BigInteger(), nullable=False),
        sa.Column("interval_unit", sa.String(length=5), nullable=False),
        sa.Column("allowance", sa.BigInteger(), nullable=True),
        sa.Column("rollover_cap", sa.BigInteger(), nullable=False),
        sa.Column("rollover_periods", sa.BigInteger(), nullable=False),
        sa.Column("commitment_periods", sa.BigInteger(), nullable=False),
        sa.Column("notice_days", sa.BigInteger(), nullable=False),
        sa.Column("hold_min_days", sa.BigInteger(), nullable=False),
        sa.Column("hold_max_days", sa.BigInteger(), nullable=False),
        sa.Column("roams", sa.Boolean(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "interval_unit = 'week' OR interval_unit = 'month'",
            name=op.f("ck_plan_version_interval_unit_known"),
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_plan_version_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_version")),
        sa.UniqueConstraint("plan_id", "n", name=op.f("uq_plan_version_plan_id_n")),
    )


def _posting() -> None:
    op.create_table(
        "posting",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.String(length=60), nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_posting_moves_something")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entry.id"], name=op.f("fk_posting_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "n", name=op.f("pk_posting")),
    )


def _account_credit() -> None:
    op.create_table(
        "account_credit",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_cents >= 0", name=op.f("ck_account_credit_not_overdrawn")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_account_credit_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_account_credit_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "location_id", name=op.f("pk_account_credit")),
    )
    op.create_index(
        "ix_account_credit_left",
        "account_credit",
        ["member_id"],
        unique=False,
        sqlite_where=sa.text("balance_cents > 0"),
        postgresql_where=sa.text("balance_cents > 0"),
    )


def _account_credit_entry() -> None:
    op.create_table(
        "account_credit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'granted' OR kind = 'used' OR kind = 'restored' OR kind = 'paid_out' OR kind = 'to_state' OR kind = 'returned'",
            name=op.f("ck_account_credit_entry_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_account_credit_entry_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_account_credit_entry_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_account_credit_entry_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_credit_entry")),
        sa.UniqueConstraint(
            "source_id", "kind", name=op.f("uq_account_credit_entry_source_id_kind")
        ),
    )
    op.create_index(
        "ix_account_credit_entry_member",
        "account_credit_entry",
        ["member_id", "location_id"],
        unique=False,
    )


def _balance_transaction() -> None:
    op.create_table(
        "balance_transaction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("source_id", sa.String(length=80), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payout_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "net_cents = amount_cents - fee_cents",
            name=op.f("ck_balance_transaction_net_is_what_is_left"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_balance_transaction_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["payout_id"], ["payout.id"], name=op.f("fk_balance_transaction_payout_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_balance_transaction")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_balance_transaction_stripe_id")),
    )
    op.create_index(
        "ix_balance_transaction_payout",
        "balance_transaction",
        ["payout_id", "location_id", "kind", "amount_cents", "net_cents"],
        unique=False,
    )
    op.create_index(
        "ix_balance_transaction_source", "balance_transaction", ["source_id"], unique=False
    )
    op.create_index(
        op.f("ix_balance_transaction_stripe_account"),
        "balance_transaction",
        ["stripe_account"],
        unique=False,
    )
    op.create_index(
        "ix_balance_transaction_unbooked",
        "balance_transaction",
        ["stripe_account"],
        unique=False,
        sqlite_where=sa.text("booked_on IS NULL"),
        postgresql_where=sa.text("booked_on IS NULL"),
    )


def _billing_run() -> None:
    op.create_table(
        "billing_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("resumes", sa.BigInteger(), nullable=False),
        sa.Column("issued", sa.BigInteger(), nullable=False),
        sa.Column("issued_cents", sa.BigInteger(), nullable=False),
        sa.Column("parked", sa.BigInteger(), nullable=False),
        sa.Column("proof", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'running' OR state = 'done'", name=op.f("ck_billing_run_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_billing_run_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_run")),
        sa.UniqueConstraint(
            "location_id", "business_date", name=op.f("uq_billing_run_location_id_business_date")
        ),
    )


def _card_setup() -> None:
    op.create_table(
        "card_setup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'open' OR state = 'done' OR state = 'expired'",
            name=op.f("ck_card_setup_state_known"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_card_setup_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_setup")),
        sa.UniqueConstraint("session_id", name=op.f("uq_card_setup_session_id")),
    )
    op.create_index(op.f("ix_card_setup_member_id"), "card_setup", ["member_id"], unique=False)


def _gift_card() -> None:
    op.create_table(
        "gift_card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("code_digest", sa.String(length=64), nullable=True),
        sa.Column("last4", sa.String(length=4), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("initial_cents", sa.BigInteger(), nullable=False),
        sa.Column("balance_cents", sa.BigInteger(), nullable=False),
        sa.Column("buyer_member_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_name", sa.String(length=160), nullable=True),
        sa.Column("recipient_email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'active' OR state = 'void' OR state = 'to_state'",
            name=op.f("ck_gift_card_state_known"),
        ),
        sa.CheckConstraint(
            "balance_cents BETWEEN 0 AND initial_cents", name=op.f("ck_gift_card_not_overdrawn")
        ),
        sa.ForeignKeyConstraint(
            ["buyer_member_id"], ["member.id"], name=op.f("fk_gift_card_buyer_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_gift_card_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_gift_card_code_digest")),
    )
    op.create_index(
        op.f("ix_gift_card_buyer_member_id"), "gift_card", ["buyer_member_id"], unique=False
    )


def _health_consent() -> None:
    op.create_table(
        "health_consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind = 'gauge'", name=op.f("ck_health_consent_kind_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_health_consent_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_health_consent")),
    )
    op.create_index(
        op.f("ix_health_consent_member_id"), "health_consent", ["member_id"], unique=False
    )


def _ledger_detail() -> None:
    op.create_table(
        "ledger_detail",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("debit_cents", sa.BigInteger(), nullable=False),
        sa.Column("credit_cents", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_ledger_detail_location_id")
        ),
        sa.PrimaryKeyConstraint(
            "location_id",
            "account",
            "detail",
            "kind",
            "month",
            "slot",
            name=op.f("pk_ledger_detail"),
        ),
        sqlite_with_rowid=False,
    )


def _ledger_month() -> None:
    op.create_table(
        "ledger_month",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("debit_cents", sa.BigInteger(), nullable=False),
        sa.Column("credit_cents", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_ledger_month_location_id")
        ),
        sa.PrimaryKeyConstraint(
            "location_id", "account", "kind", "month", "slot", name=op.f("pk_ledger_month")
        ),
        sqlite_with_rowid=False,
    )


def _ledger_rollup() -> None:
    op.create_table(
        "ledger_rollup",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("business_day", sa.Date(), nullable=False),
        sa.Column("account", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("debit_cents", sa.BigInteger(), nullable=False),
        sa.Column("credit_cents", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_ledger_rollup_location_id")
        ),
        sa.PrimaryKeyConstraint(
            "location_id", "business_day", "account", "kind", "slot", name=op.f("pk_ledger_rollup")
        ),
    )


def _location_day() -> None:
    op.create_table(
        "location_day",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("high_water", sa.Date(), nullable=False),
        sa.Column("held_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_location_day_location_id")
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_location_day")),
    )


def _member_home() -> None:
    op.create_table(
        "member_home",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_member_home_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_home_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "effective_from", name=op.f("pk_member_home")),
    )
    op.create_index(
        op.f("ix_member_home_location_id"), "member_home", ["location_id"], unique=False
    )


def _member_merge() -> None:
    op.create_table(
        "member_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_member_merge_by_account_id")
        ),
        sa.ForeignKeyConstraint(["kept_id"], ["member.id"], name=op.f("fk_member_merge_kept_id")),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["member.id"], name=op.f("fk_member_merge_merged_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_merge")),
        sa.UniqueConstraint("merged_id", name=op.f("uq_member_merge_merged_id")),
    )
    op.create_index(op.f("ix_member_merge_kept_id"), "member_merge", ["kept_id"], unique=False)


def _member_note() -> None:
    op.create_table(
        "member_note",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_member_note_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_note_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_note")),
    )


def _member_pack() -> None:
    op.create_table(
        "member_pack",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("pack_version_id", sa.Uuid(), nullable=False),
        sa.Column("sold_at", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("purchased_on", sa.Date(), nullable=True),
        sa.Column("first_use_by", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("window_end", sa.Date(), nullable=True),
        sa.Column("phase_end", sa.Date(), nullable=True),
        sa.Column("extends_id", sa.Uuid(), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("converted_on", sa.Date(), nullable=True),
        sa.Column("disputed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'unopened' OR state = 'open' OR state = 'spent' OR state = 'expired' OR state = 'cancelled'",
            name=op.f("ck_member_pack_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["extends_id"], ["member_pack.id"], name=op.f("fk_member_pack_extends_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_pack_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["pack_version_id"], ["pack_version.id"], name=op.f("fk_member_pack_pack_version_id")
        ),
        sa.ForeignKeyConstraint(["sold_at"], ["location.id"], name=op.f("fk_member_pack_sold_at")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_pack")),
    )
    op.create_index(
        "ix_member_pack_due", "member_pack", ["sold_at", "state", "window_end"], unique=False
    )
    op.create_index(op.f("ix_member_pack_extends_id"), "member_pack", ["extends_id"], unique=False)
    op.create_index(op.f("ix_member_pack_member_id"), "member_pack", ["member_id"], unique=False)


def _notice() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("about_on", sa.Date(), nullable=False),
        sa.Column("leaves_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outbox_key", sa.String(length=120), nullable=True),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.CheckConstraint(
            "state = 'planned' OR state = 'sent' OR state = 'delivered' OR state = 'failed' OR state = 'dropped'",
            name=op.f("ck_notice_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_notice_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "source_id", "kind", "about_on", name=op.f("uq_notice_source_id_kind_about_on")
        ),
    )
    op.create_index(
        "ix_notice_leaving", "notice", ["location_id", "state", "leaves_at"], unique=False
    )
    op.create_index(op.f("ix_notice_member_id"), "notice", ["member_id"], unique=False)


def _number_counter() -> None:
    op.create_table(
        "number_counter",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("series", sa.String(length=12), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "series = 'invoice' OR series = 'credit_note'",
            name=op.f("ck_number_counter_series_known"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_number_counter_location_id")
        ),
        sa.PrimaryKeyConstraint("location_id", "year", "series", name=op.f("pk_number_counter")),
    )


def _pack_price() -> None:
    op.create_table(
        "pack_price",
        sa.Column("pack_version_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_pack_price_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["pack_version_id"], ["pack_version.id"], name=op.f("fk_pack_price_pack_version_id")
        ),
        sa.PrimaryKeyConstraint("pack_version_id", "location_id", name=op.f("pk_pack_price")),
    )


def _parked() -> None:
    op.create_table(
        "parked",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("subject_type", sa.String(length=12), nullable=False),
        sa.Column("subject_key", sa.String(length=80), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "subject_type = 'membership' OR subject_type = 'payment' OR subject_type = 'event' OR subject_type = 'refund' OR subject_type = 'dispute'",
            name=op.f("ck_parked_subject_type_known"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_parked_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
    )
    op.create_index(
        "uq_parked_waiting",
        "parked",
        ["subject_type", "subject_key"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _plan_price() -> None:
    op.create_table(
        "plan_price",
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("overage_cents", sa.BigInteger(), nullable=True),
        sa.Column("joining_cents", sa.BigInteger(), nullable=False),
        sa.Column("hold_fee_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_plan_price_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name=op.f("fk_plan_price_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("plan_version_id", "location_id", name=op.f("pk_plan_price")),
    )


def _policy_override() -> None:
    op.create_table(
        "policy_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("setting", sa.String(length=40), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_policy_override_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_policy_override_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_override")),
    )
    op.create_index(
        op.f("ix_policy_override_location_id"), "policy_override", ["location_id"], unique=False
    )


def _price_rise() -> None:
    op.create_table(
        "price_rise",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("to_version_id", sa.Uuid(), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'announced' OR state = 'called_off'",
            name=op.f("ck_price_rise_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_price_rise_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_price_rise_location_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plan.id"], name=op.f("fk_price_rise_plan_id")),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["plan_version.id"], name=op.f("fk_price_rise_to_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_rise")),
    )


def _private_reason() -> None:
    op.create_table(
        "private_reason",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=12), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "about = 'medical_hold' OR about = 'exit'", name=op.f("ck_private_reason_about_known")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_private_reason_member_id")
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_private_reason")),
    )
    op.create_index(
        op.f("ix_private_reason_member_id"), "private_reason", ["member_id"], unique=False
    )


def _promo_code() -> None:
    op.create_table(
        "promo_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("percent_ppm", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("periods", sa.BigInteger(), nullable=False),
        sa.Column("scope", sa.String(length=5), nullable=False),
        sa.Column(
            "products", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
        ),
        sa.Column("audience", sa.String(length=5), nullable=False),
        sa.Column("group_name", sa.String(length=80), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("max_uses", sa.BigInteger(), nullable=True),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(audience = 'group') = (group_name IS NOT NULL)",
            name=op.f("ck_promo_code_group_named"),
        ),
        sa.CheckConstraint(
            "(kind = 'amount') = (amount_cents IS NOT NULL) AND (kind = 'percent') = (percent_ppm IS NOT NULL)",
            name=op.f("ck_promo_code_terms_fit_kind"),
        ),
        sa.CheckConstraint(
            "audience = 'open' OR audience = 'group'", name=op.f("ck_promo_code_audience_known")
        ),
        sa.CheckConstraint(
            "kind = 'amount' OR kind = 'percent'", name=op.f("ck_promo_code_kind_known")
        ),
        sa.CheckConstraint(
            "scope = 'all' OR scope = 'packs' OR scope = 'plans'",
            name=op.f("ck_promo_code_scope_known"),
        ),
        sa.CheckConstraint(
            "uses >= 0 AND (max_uses IS NULL OR uses <= max_uses)", name=op.f("ck_promo_code_uses")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["account.id"], name=op.f("fk_promo_code_created_by")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_promo_code_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_code")),
        sa.UniqueConstraint("code", name=op.f("uq_promo_code_code")),
    )


def _reconcile_break() -> None:
    op.create_table(
        "reconcile_break",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("subject_key", sa.String(length=120), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("ours_cents", sa.BigInteger(), nullable=True),
        sa.Column("theirs_cents", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner_account_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_reconcile_break_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_account_id"], ["account.id"], name=op.f("fk_reconcile_break_owner_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["account.id"], name=op.f("fk_reconcile_break_resolved_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconcile_break")),
    )
    op.create_index(
        "uq_reconcile_break_open",
        "reconcile_break",
        ["kind", "subject_key"],
        unique=True,
        sqlite_where=sa.text("resolved_at IS NULL"),
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _settlement() -> None:
    op.create_table(
        "settlement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_settlement_pays_something")),
        sa.CheckConstraint(
            "from_location_id <> to_location_id", name=op.f("ck_settlement_between_two")
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_settlement_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_location_id"], ["location.id"], name=op.f("fk_settlement_from_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_location_id"], ["location.id"], name=op.f("fk_settlement_to_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement")),
    )
    op.create_index(
        op.f("ix_settlement_from_location_id"), "settlement", ["from_location_id"], unique=False
    )
    op.create_index(
        op.f("ix_settlement_to_location_id"), "settlement", ["to_location_id"], unique=False
    )


def _signed_document() -> None:
    op.create_table(
        "signed_document",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("signed_name", sa.String(length=160), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "kind = 'waiver' OR kind = 'contract'", name=op.f("ck_signed_document_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_signed_document_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_signed_document_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_document")),
    )
    op.create_index(
        op.f("ix_signed_document_member_id"), "signed_document", ["member_id"], unique=False
    )


def _staff_role() -> None:
    op.create_table(
        "staff_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(location_id IS NULL) = (role IN ('owner', 'accountant'))",
            name=op.f("ck_staff_role_scope_fits_role"),
        ),
        sa.CheckConstraint(
            "role = 'owner' OR role = 'manager' OR role = 'desk' OR role = 'accountant'",
            name=op.f("ck_staff_role_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_staff_role_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_staff_role_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
    )
    op.create_index(op.f("ix_staff_role_account_id"), "staff_role", ["account_id"], unique=False)


def _stripe_customer() -> None:
    op.create_table(
        "stripe_customer",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.String(length=64), nullable=False),
        sa.Column("payment_method_id", sa.String(length=64), nullable=True),
        sa.Column("card_brand", sa.String(length=20), nullable=True),
        sa.Column("card_last4", sa.String(length=4), nullable=True),
        sa.Column("card_exp_month", sa.BigInteger(), nullable=True),
        sa.Column("card_exp_year", sa.BigInteger(), nullable=True),
        sa.Column("card_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("card_refused_code", sa.String(length=60), nullable=True),
        sa.Column("expiry_told_days", sa.SmallInteger(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_stripe_customer_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", "stripe_account", name=op.f("pk_stripe_customer")),
        sa.UniqueConstraint(
            "stripe_account",
            "customer_id",
            name=op.f("uq_stripe_customer_stripe_account_customer_id"),
        ),
    )
    op.create_index(
        "ix_stripe_customer_expiry",
        "stripe_customer",
        ["card_exp_year", "card_exp_month"],
        unique=False,
    )


def _tax_exemption() -> None:
    op.create_table(
        "tax_exemption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("certificate", sa.String(length=60), nullable=False),
        sa.Column("ground", sa.String(length=120), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_tax_exemption_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_tax_exemption_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["account.id"], name=op.f("fk_tax_exemption_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_exemption")),
    )
    op.create_index(
        op.f("ix_tax_exemption_location_id"), "tax_exemption", ["location_id"], unique=False
    )
    op.create_index(
        op.f("ix_tax_exemption_member_id"), "tax_exemption", ["member_id"], unique=False
    )


def _tax_rate() -> None:
    op.create_table(
        "tax_rate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product_class", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rate_ppm", sa.BigInteger(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "rate_ppm >= 0 AND rate_ppm < 1000000", name=op.f("ck_tax_rate_rate_sane")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_tax_rate_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint(
            "location_id",
            "product_class",
            "effective_from",
            name=op.f("uq_tax_rate_location_id_product_class_effective_from"),
        ),
    )


def _tax_remittance() -> None:
    op.create_table(
        "tax_remittance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("tax_name", sa.String(length=60), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_tax_remittance_pays_something")),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_tax_remittance_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_tax_remittance_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_remittance")),
    )
    op.create_index(
        op.f("ix_tax_remittance_location_id"), "tax_remittance", ["location_id"], unique=False
    )


def _taxed_month() -> None:
    op.create_table(
        "taxed_month",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("tax_name", sa.String(length=60), nullable=False),
        sa.Column("tax_rate_ppm", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("product_class", sa.String(length=20), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("base_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("credited_base_cents", sa.BigInteger(), nullable=False),
        sa.Column("credited_tax_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_taxed_month_location_id")
        ),
        sa.PrimaryKeyConstraint(
            "location_id",
            "month",
            "tax_name",
            "tax_rate_ppm",
            "product_class",
            "slot",
            name=op.f("pk_taxed_month"),
        ),
        sqlite_with_rowid=False,
    )


def _till_session() -> None:
    op.create_table(
        "till_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opening_cents", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("expected_cents", sa.BigInteger(), nullable=True),
        sa.Column("counted_cents", sa.BigInteger(), nullable=True),
        sa.Column("terminal_cents", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["closed_by"], ["account.id"], name=op.f("fk_till_session_closed_by")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_till_session_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by"], ["account.id"], name=op.f("fk_till_session_opened_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_session")),
    )
    op.create_index(
        "ix_till_session_day", "till_session", ["location_id", "opened_on"], unique=False
    )
    op.create_index(
        "uq_till_session_open",
        "till_session",
        ["location_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("member_pack_id", sa.Uuid(), nullable=True),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_version", sa.String(length=20), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.CheckConstraint("kind = 'plan' OR kind = 'change'", name=op.f("ck_consent_kind_known")),
        sa.CheckConstraint(
            "state = 'given' OR state = 'used' OR state = 'withdrawn' OR state = 'lapsed'",
            name=op.f("ck_consent_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_consent_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_consent_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_consent_member_id")),
        sa.ForeignKeyConstraint(
            ["member_pack_id"], ["member_pack.id"], name=op.f("fk_consent_member_pack_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name=op.f("fk_consent_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sa.UniqueConstraint("member_pack_id", name=op.f("uq_consent_member_pack_id")),
    )
    op.create_index(op.f("ix_consent_member_id"), "consent", ["member_id"], unique=False)


def _gift_card_entry() -> None:
    op.create_table(
        "gift_card_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("gift_card_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("till_session_id", sa.Uuid(), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'sold' OR kind = 'used' OR kind = 'restored' OR kind = 'refunded' OR kind = 'cashed' OR kind = 'voided' OR kind = 'to_state' OR kind = 'returned'",
            name=op.f("ck_gift_card_entry_kind_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'cashed') = (till_session_id IS NOT NULL)",
            name=op.f("ck_gift_card_entry_cash_leaves_a_drawer"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_gift_card_entry_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["gift_card_id"], ["gift_card.id"], name=op.f("fk_gift_card_entry_gift_card_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_gift_card_entry_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["till_session_id"], ["till_session.id"], name=op.f("fk_gift_card_entry_till_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_entry")),
        sa.UniqueConstraint("source_id", "kind", name=op.f("uq_gift_card_entry_source_id_kind")),
    )
    op.create_index(
        "ix_gift_card_entry_cashed",
        "gift_card_entry",
        ["location_id", "at"],
        unique=False,
        sqlite_where=sa.text("kind = 'cashed'"),
        postgresql_where=sa.text("kind = 'cashed'"),
    )
    op.create_index(
        "ix_gift_card_entry_till",
        "gift_card_entry",
        ["till_session_id"],
        unique=False,
        sqlite_where=sa.text("till_session_id IS NOT NULL"),
        postgresql_where=sa.text("till_session_id IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_gift_card_entry_gift_card_id"), "gift_card_entry", ["gift_card_id"], unique=False
    )


def _promo_group_member() -> None:
    op.create_table(
        "promo_group_member",
        sa.Column("promo_id", sa.Uuid(), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.ForeignKeyConstraint(
            ["promo_id"], ["promo_code.id"], name=op.f("fk_promo_group_member_promo_id")
        ),
        sa.PrimaryKeyConstraint("promo_id", "email_key", name=op.f("pk_promo_group_member")),
    )


def _starter_override() -> None:
    op.create_table(
        "starter_override",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_pack_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_starter_override_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_starter_override_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_starter_override_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_pack_id"], ["member_pack.id"], name=op.f("fk_starter_override_member_pack_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_starter_override")),
        sa.UniqueConstraint("member_pack_id", name=op.f("uq_starter_override_member_pack_id")),
    )
    op.create_index(
        op.f("ix_starter_override_member_id"), "starter_override", ["member_id"], unique=False
    )


def _till_move() -> None:
    op.create_table(
        "till_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("till_session_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'paid_in' OR kind = 'paid_out' OR kind = 'deposit'",
            name=op.f("ck_till_move_kind_known"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_till_move_moves_something")),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_till_move_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["till_session_id"], ["till_session.id"], name=op.f("fk_till_move_till_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_move")),
    )
    op.create_index(
        op.f("ix_till_move_till_session_id"), "till_move", ["till_session_id"], unique=False
    )


def _membership() -> None:
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("anchor_day", sa.BigInteger(), nullable=False),
        sa.Column("anchor_n", sa.BigInteger(), nullable=False),
        sa.Column("next_n", sa.BigInteger(), nullable=False),
        sa.Column("next_due_on", sa.Date(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(length=20), nullable=True),
        sa.Column("grace_until", sa.Date(), nullable=True),
        sa.Column("arrears_since", sa.Date(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("member_pack_id", sa.Uuid(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("committed_until", sa.Date(), nullable=True),
        sa.Column("steps_down", sa.Boolean(), nullable=False),
        sa.Column("disputed_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status = 'pending' OR status = 'active' OR status = 'grace' OR status = 'locked' OR status = 'frozen' OR status = 'ended'",
            name=op.f("ck_membership_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_membership_consent_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_membership_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_membership_member_id")),
        sa.ForeignKeyConstraint(
            ["member_pack_id"], ["member_pack.id"], name=op.f("fk_membership_member_pack_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"], ["plan_version.id"], name=op.f("fk_membership_plan_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("member_pack_id", name=op.f("uq_membership_member_pack_id")),
    )
    op.create_index(
        "ix_membership_due",
        "membership",
        ["location_id", "status", "next_due_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_membership_member_id"), "membership", ["member_id"], unique=False)
    op.create_index(
        "uq_membership_live",
        "membership",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'ended'"),
        postgresql_where=sa.text("status <> 'ended'"),
    )


def _charge() -> None:
    op.create_table(
        "charge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'overage' OR kind = 'hold_fee' OR kind = 'refund_owed'",
            name=op.f("ck_charge_kind_known"),
        ),
        sa.CheckConstraint(
            "state = 'due' OR state = 'invoiced' OR state = 'owed' OR state = 'settled' OR state = 'dropped'",
            name=op.f("ck_charge_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_charge_by_account_id")
        ),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_charge_consent_id")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_charge_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_charge_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_charge_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge")),
        sa.UniqueConstraint("source_id", "kind", name=op.f("uq_charge_source_id_kind")),
    )
    op.create_index(
        "ix_charge_due",
        "charge",
        ["location_id", "due_on"],
        unique=False,
        sqlite_where=sa.text("state IN ('due', 'owed')"),
        postgresql_where=sa.text("state IN ('due', 'owed')"),
    )
    op.create_index(op.f("ix_charge_member_id"), "charge", ["member_id"], unique=False)


def _credit_grant() -> None:
    op.create_table(
        "credit_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("source_type", sa.String(length=8), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("remaining_cents", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("rolls_on", sa.Date(), nullable=True),
        sa.Column("scope_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "source_type = 'pack' OR source_type = 'period' OR source_type = 'comp'",
            name=op.f("ck_credit_grant_source_type_known"),
        ),
        sa.CheckConstraint(
            "state = 'provisional' OR state = 'firm' OR state = 'void'",
            name=op.f("ck_credit_grant_state_known"),
        ),
        sa.CheckConstraint(
            "remaining >= 0 AND remaining_cents >= 0", name=op.f("ck_credit_grant_never_oversold")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_credit_grant_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_credit_grant_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["scope_id"], ["location.id"], name=op.f("fk_credit_grant_scope_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_grant")),
        sa.UniqueConstraint(
            "source_id", "source_type", name=op.f("uq_credit_grant_source_id_source_type")
        ),
    )
    op.create_index(
        "ix_credit_grant_expiring",
        "credit_grant",
        ["location_id", "valid_until", "product", "remaining", "remaining_cents"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_credit_grant_member", "credit_grant", ["member_id", "valid_until"], unique=False
    )


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("planned_end", sa.Date(), nullable=False),
        sa.Column("was_anchor", sa.Date(), nullable=True),
        sa.Column("was_anchor_day", sa.BigInteger(), nullable=True),
        sa.Column("was_anchor_n", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind = 'regular' OR kind = 'medical'", name=op.f("ck_hold_kind_known")),
        sa.CheckConstraint(
            "state = 'asked' OR state = 'scheduled' OR state = 'running' OR state = 'ended' OR state = 'dropped'",
            name=op.f("ck_hold_state_known"),
        ),
        sa.CheckConstraint('start < "planned_end"', name=op.f("ck_hold_lasts")),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_hold_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_hold_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_membership_id"), "hold", ["membership_id"], unique=False)
    op.create_index(
        "uq_hold_live",
        "hold",
        ["membership_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('scheduled', 'running')"),
        postgresql_where=sa.text("state IN ('scheduled', 'running')"),
    )


def _invoice() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=13), nullable=False),
        sa.Column("number_year", sa.BigInteger(), nullable=True),
        sa.Column("number_seq", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.String(length=24), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("paid_cents", sa.BigInteger(), nullable=False),
        sa.Column("credited_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunds_owed_cents", sa.BigInteger(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finalised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(number_seq IS NULL) = (state = 'draft')", name=op.f("ck_invoice_numbered_when_final")
        ),
        sa.CheckConstraint(
            "reason = 'pack' OR reason = 'first_period' OR reason = 'renewal' OR reason = 'change' OR reason = 'charge' OR reason = 'gift_card'",
            name=op.f("ck_invoice_reason_known"),
        ),
        sa.CheckConstraint(
            "state = 'draft' OR state = 'open' OR state = 'paid' OR state = 'uncollectible' OR state = 'void'",
            name=op.f("ck_invoice_state_known"),
        ),
        sa.CheckConstraint(
            "paid_cents >= 0 AND refunds_owed_cents BETWEEN 0 AND paid_cents AND paid_cents + credited_cents - refunds_owed_cents <= total_cents",
            name=op.f("ck_invoice_not_overpaid"),
        ),
        sa.CheckConstraint(
            "total_cents = net_cents + tax_cents", name=op.f("ck_invoice_total_sums")
        ),
        sa.ForeignKeyConstraint(["consent_id"], ["consent.id"], name=op.f("fk_invoice_consent_id")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_invoice_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invoice_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_invoice_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice")),
        sa.UniqueConstraint(
            "location_id",
            "number_year",
            "number_seq",
            name=op.f("uq_invoice_location_id_number_year_number_seq"),
        ),
        sa.UniqueConstraint("source_id", "reason", name=op.f("uq_invoice_source_id_reason")),
    )


def _invoice_indexes() -> None:
    op.create_index("ix_invoice_day", "invoice", ["location_id", "issued_on"], unique=False)
    op.create_index(
        "ix_invoice_draft",
        "invoice",
        ["location_id"],
        unique=False,
        sqlite_where=sa.text("state = 'draft'"),
        postgresql_where=sa.text("state = 'draft'"),
    )
    op.create_index("ix_invoice_member", "invoice", ["member_id", "issued_on"], unique=False)
    op.create_index("ix_invoice_membership", "invoice", ["membership_id"], unique=False)
    op.create_index(
        "ix_invoice_open",
        "invoice",
        ["location_id", "issued_on"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _membership_period() -> None:
    op.create_table(
        "membership_period",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("end", sa.Date(), nullable=False),
        sa.Column("plan_version_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("earned_until", sa.Date(), nullable=False),
        sa.Column("earned_cents", sa.BigInteger(), nullable=False),
        sa.Column("frozen_days", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_membership_period_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_version_id"],
            ["plan_version.id"],
            name=op.f("fk_membership_period_plan_version_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership_period")),
        sa.UniqueConstraint(
            "membership_id", "n", name=op.f("uq_membership_period_membership_id_n")
        ),
    )
    op.create_index(
        "ix_membership_period_earning",
        "membership_period",
        ["location_id", "earned_until"],
        unique=False,
        sqlite_where=sa.text('earned_until < "end"'),
        postgresql_where=sa.text('earned_until < "end"'),
    )


def _mrr_move() -> None:
    op.create_table(
        "mrr_move",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("delta_cents", sa.BigInteger(), nullable=False),
        sa.Column("delta_plans", sa.SmallInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind = 'new' OR kind = 'expansion' OR kind = 'contraction' OR kind = 'churn' OR kind = 'reactivation' OR kind = 'frozen' OR kind = 'resumed' OR kind = 'moved_in' OR kind = 'moved_out'",
            name=op.f("ck_mrr_move_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_mrr_move_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_mrr_move_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_mrr_move_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mrr_move")),
    )
    op.create_index(op.f("ix_mrr_move_membership_id"), "mrr_move", ["membership_id"], unique=False)
    op.create_index(
        "ix_mrr_move_place",
        "mrr_move",
        ["location_id", "occurred_on", "kind", "delta_cents", "delta_plans"],
        unique=False,
    )


def _plan_change() -> None:
    op.create_table(
        "plan_change",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("from_version_id", sa.Uuid(), nullable=False),
        sa.Column("to_version_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column(
            "facts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind = 'upgrade' OR kind = 'downgrade' OR kind = 'interval' OR kind = 'price_rise' OR kind = 'step_down' OR kind = 'move'",
            name=op.f("ck_plan_change_kind_known"),
        ),
        sa.CheckConstraint(
            "state = 'waiting' OR state = 'pending' OR state = 'applied' OR state = 'replaced' OR state = 'undone' OR state = 'dropped'",
            name=op.f("ck_plan_change_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_plan_change_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["consent_id"], ["consent.id"], name=op.f("fk_plan_change_consent_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_version_id"], ["plan_version.id"], name=op.f("fk_plan_change_from_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_plan_change_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_plan_change_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["plan_version.id"], name=op.f("fk_plan_change_to_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_change")),
    )
    op.create_index(
        op.f("ix_plan_change_membership_id"), "plan_change", ["membership_id"], unique=False
    )
    op.create_index(
        "uq_plan_change_live",
        "plan_change",
        ["membership_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('waiting', 'pending')"),
        postgresql_where=sa.text("state IN ('waiting', 'pending')"),
    )


def _price_rise_holder() -> None:
    op.create_table(
        "price_rise_holder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("price_rise_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("old_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("new_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("applies_on", sa.Date(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.CheckConstraint(
            "state = 'planned' OR state = 'told' OR state = 'raised' OR state = 'not_raised'",
            name=op.f("ck_price_rise_holder_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_price_rise_holder_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["price_rise_id"], ["price_rise.id"], name=op.f("fk_price_rise_holder_price_rise_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_rise_holder")),
        sa.UniqueConstraint(
            "price_rise_id",
            "membership_id",
            name=op.f("uq_price_rise_holder_price_rise_id_membership_id"),
        ),
    )
    op.create_index(
        op.f("ix_price_rise_holder_membership_id"),
        "price_rise_holder",
        ["membership_id"],
        unique=False,
    )


def _promo_use() -> None:
    op.create_table(
        "promo_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("promo_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("periods_left", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state = 'reserved' OR state = 'used' OR state = 'released'",
            name=op.f("ck_promo_use_state_known"),
        ),
        sa.CheckConstraint("periods_left >= 0", name=op.f("ck_promo_use_periods_left")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_promo_use_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_promo_use_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["promo_id"], ["promo_code.id"], name=op.f("fk_promo_use_promo_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promo_use")),
        sa.UniqueConstraint("source_id", name=op.f("uq_promo_use_source_id")),
    )
    op.create_index(op.f("ix_promo_use_member_id"), "promo_use", ["member_id"], unique=False)
    op.create_index(
        "ix_promo_use_running",
        "promo_use",
        ["membership_id"],
        unique=False,
        sqlite_where=sa.text("periods_left > 0"),
        postgresql_where=sa.text("periods_left > 0"),
    )
    op.create_index(
        "uq_promo_use_person",
        "promo_use",
        ["promo_id", "member_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'released'"),
        postgresql_where=sa.text("state <> 'released'"),
    )


def _visit() -> None:
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("request_key", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_visit_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_visit_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_visit_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_visit_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint(
            "location_id", "external_id", name=op.f("uq_visit_location_id_external_id")
        ),
        sa.UniqueConstraint("request_key", name=op.f("uq_visit_request_key")),
    )
    op.create_index("ix_visit_member", "visit", ["member_id", "business_date"], unique=False)
    op.create_index("ix_visit_place", "visit", ["location_id", "business_date"], unique=False)


def _credit_entry() -> None:
    op.create_table(
        "credit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("value_cents", sa.BigInteger(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint(
            "kind = 'grant' OR kind = 'redeem' OR kind = 'reverse' OR kind = 'expire' OR kind = 'void' OR kind = 'forfeit' OR kind = 'restore' OR kind = 'revalue'",
            name=op.f("ck_credit_entry_kind_known"),
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["credit_grant.id"], name=op.f("fk_credit_entry_grant_id")
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["credit_entry.id"], name=op.f("fk_credit_entry_reverses_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_credit_entry_visit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_entry")),
        sa.UniqueConstraint("reverses_id", name=op.f("uq_credit_entry_reverses_id")),
    )
    op.create_index("ix_credit_entry_grant", "credit_entry", ["grant_id"], unique=False)
    op.create_index(
        "uq_credit_entry_redeemed_visit",
        "credit_entry",
        ["visit_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'redeem'"),
        postgresql_where=sa.text("kind = 'redeem'"),
    )


def _credit_note() -> None:
    op.create_table(
        "credit_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("number_year", sa.BigInteger(), nullable=False),
        sa.Column("number_seq", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.String(length=24), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "total_cents = net_cents + tax_cents", name=op.f("ck_credit_note_total_sums")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_credit_note_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_credit_note_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_note")),
        sa.UniqueConstraint(
            "invoice_id",
            "reason",
            "source_id",
            name=op.f("uq_credit_note_invoice_id_reason_source_id"),
        ),
        sa.UniqueConstraint(
            "location_id",
            "number_year",
            "number_seq",
            name=op.f("uq_credit_note_location_id_number_year_number_seq"),
        ),
    )


def _dunning() -> None:
    op.create_table(
        "dunning",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("next_try_on", sa.Date(), nullable=True),
        sa.Column("last_code", sa.String(length=60), nullable=True),
        sa.Column("advice_code", sa.String(length=10), nullable=True),
        sa.Column("decline_class", sa.String(length=16), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_card", sa.String(length=64), nullable=True),
        sa.Column("recovered_by", sa.String(length=16), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "decline_class = 'hard' OR decline_class = 'needs_new_card' OR decline_class = 'authentication' OR decline_class = 'wait' OR decline_class = 'soft'",
            name=op.f("ck_dunning_decline_class_known"),
        ),
        sa.CheckConstraint(
            "recovered_by = 'retry' OR recovered_by = 'new_card' OR recovered_by = 'link' OR recovered_by = 'other_tender'",
            name=op.f("ck_dunning_recovered_by_known"),
        ),
        sa.CheckConstraint(
            "state = 'open' OR state = 'recovered' OR state = 'given_up'",
            name=op.f("ck_dunning_state_known"),
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_dunning_invoice_id")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_dunning_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_dunning_membership_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", name=op.f("pk_dunning")),
    )
    op.create_index(
        "ix_dunning_due", "dunning", ["location_id", "state", "next_try_on"], unique=False
    )
    op.create_index("ix_dunning_opened", "dunning", ["location_id", "opened_on"], unique=False)


def _gauge_score() -> None:
    op.create_table(
        "gauge_score",
        sa.Column("visit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10", name=op.f("ck_gauge_score_score_range")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_gauge_score_member_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_gauge_score_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_gauge_score")),
    )
    op.create_index(op.f("ix_gauge_score_member_id"), "gauge_score", ["member_id"], unique=False)


def _given_period() -> None:
    op.create_table(
        "given_period",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_account_id"], ["account.id"], name=op.f("fk_given_period_by_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["period_id"], ["membership_period.id"], name=op.f("fk_given_period_period_id")
        ),
        sa.PrimaryKeyConstraint("period_id", name=op.f("pk_given_period")),
    )


def _invoice_line() -> None:
    op.create_table(
        "invoice_line",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("product_class", sa.String(length=20), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_name", sa.String(length=60), nullable=False),
        sa.Column("tax_rate_ppm", sa.BigInteger(), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.Column("liability_account", sa.String(length=24), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_invoice_line_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_line_invoice_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "n", name=op.f("pk_invoice_line")),
    )


def _payment_intent() -> None:
    op.create_table(
        "payment_intent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=True),
        sa.Column("session_id", sa.String(length=120), nullable=True),
        sa.Column("session_url", sa.Text(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card_fingerprint", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state = 'live' OR state = 'succeeded' OR state = 'canceled'",
            name=op.f("ck_payment_intent_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_intent_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_intent")),
        sa.UniqueConstraint("invoice_id", "seq", name=op.f("uq_payment_intent_invoice_id_seq")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payment_intent_session_id")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_payment_intent_stripe_id")),
    )
    op.create_index(
        op.f("ix_payment_intent_card_fingerprint"),
        "payment_intent",
        ["card_fingerprint"],
        unique=False,
    )
    op.create_index(
        "uq_payment_intent_live",
        "payment_intent",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )


def _refund_request() -> None:
    op.create_table(
        "refund_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column(
            "terms", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state = 'asked' OR state = 'granted' OR state = 'refused'",
            name=op.f("ck_refund_request_state_known"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_refund_request_asks_for_something")),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_refund_request_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["account.id"], name=op.f("fk_refund_request_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_refund_request_invoice_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_refund_request_location_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_request")),
    )
    op.create_index(
        op.f("ix_refund_request_invoice_id"), "refund_request", ["invoice_id"], unique=False
    )
    op.create_index(
        "ix_refund_request_waiting", "refund_request", ["location_id", "state"], unique=False
    )


def _tier_suggestion() -> None:
    op.create_table(
        "tier_suggestion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=14), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("to_version_id", sa.Uuid(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("quiet_until", sa.Date(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("plan_change_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "kind = 'step_down' OR kind = 'step_up' OR kind = 'after_boosters'",
            name=op.f("ck_tier_suggestion_kind_known"),
        ),
        sa.CheckConstraint(
            "state = 'made' OR state = 'taken' OR state = 'stayed' OR state = 'dropped' OR state = 'quiet'",
            name=op.f("ck_tier_suggestion_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_tier_suggestion_membership_id")
        ),
        sa.ForeignKeyConstraint(
            ["plan_change_id"], ["plan_change.id"], name=op.f("fk_tier_suggestion_plan_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["plan_version.id"], name=op.f("fk_tier_suggestion_to_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_suggestion")),
    )
    op.create_index(
        op.f("ix_tier_suggestion_membership_id"), "tier_suggestion", ["membership_id"], unique=False
    )


def _credit_note_line() -> None:
    op.create_table(
        "credit_note_line",
        sa.Column("credit_note_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("product", sa.String(length=40), nullable=False),
        sa.Column("liability_account", sa.String(length=24), nullable=False),
        sa.Column("sold_as", sa.String(length=24), nullable=False),
        sa.Column("net_cents", sa.BigInteger(), nullable=False),
        sa.Column("tax_name", sa.String(length=60), nullable=False),
        sa.Column("tax_cents", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["credit_note_id"], ["credit_note.id"], name=op.f("fk_credit_note_line_credit_note_id")
        ),
        sa.PrimaryKeyConstraint("credit_note_id", "n", name=op.f("pk_credit_note_line")),
    )


def _invoice_discount() -> None:
    op.create_table(
        "invoice_discount",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("line_n", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("promo_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_cents > 0", name=op.f("ck_invoice_discount_takes_something_off")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id", "line_n"],
            ["invoice_line.invoice_id", "invoice_line.n"],
            name=op.f("fk_invoice_discount_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["promo_id"], ["promo_code.id"], name=op.f("fk_invoice_discount_promo_id")
        ),
        sa.PrimaryKeyConstraint("invoice_id", "line_n", name=op.f("pk_invoice_discount")),
    )
    op.create_index(
        op.f("ix_invoice_discount_promo_id"), "invoice_discount", ["promo_id"], unique=False
    )


def _payment_attempt() -> None:
    op.create_table(
        "payment_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("looked_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.String(length=80), nullable=True),
        sa.Column("known_charge_id", sa.String(length=80), nullable=True),
        sa.Column("decline_code", sa.String(length=60), nullable=True),
        sa.Column("network_code", sa.String(length=10), nullable=True),
        sa.Column("advice_code", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "kind = 'off_session' OR kind = 'checkout'", name=op.f("ck_payment_attempt_kind_known")
        ),
        sa.CheckConstraint(
            "state = 'ready' OR state = 'sending' OR state = 'action' OR state = 'succeeded' OR state = 'failed'",
            name=op.f("ck_payment_attempt_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["intent_id"], ["payment_intent.id"], name=op.f("fk_payment_attempt_intent_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoice.id"], name=op.f("fk_payment_attempt_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempt")),
        sa.UniqueConstraint("invoice_id", "n", name=op.f("uq_payment_attempt_invoice_id_n")),
    )
    op.create_index(
        "ix_payment_attempt_ready",
        "payment_attempt",
        ["location_id", "not_before"],
        unique=False,
        sqlite_where=sa.text("state = 'ready'"),
        postgresql_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_payment_attempt_sending",
        "payment_attempt",
        ["lease_until_ms"],
        unique=False,
        sqlite_where=sa.text("state IN ('sending', 'action')"),
        postgresql_where=sa.text("state IN ('sending', 'action')"),
    )
    op.create_index(
        "uq_payment_attempt_live",
        "payment_attempt",
        ["invoice_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'failed'"),
        postgresql_where=sa.text("state <> 'failed'"),
    )


def _payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=True),
        sa.Column("charge_id", sa.String(length=80), nullable=True),
        sa.Column("tender", sa.String(length=14), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("refunded_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(tender = 'card') = (charge_id IS NOT NULL)", name=op.f("ck_payment_card_has_charge")
        ),
        sa.CheckConstraint(
            "tender = 'card' OR tender = 'cash' OR tender = 'terminal' OR tender = 'gift_card' OR tender = 'account_credit'",
            name=op.f("ck_payment_tender_known"),
        ),
        sa.CheckConstraint(
            "amount_cents > 0 AND refunded_cents BETWEEN 0 AND amount_cents",
            name=op.f("ck_payment_not_overdrawn"),
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempt.id"], name=op.f("fk_payment_attempt_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_payment_invoice_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_payment_attempt_id")),
        sa.UniqueConstraint("charge_id", name=op.f("uq_payment_charge_id")),
    )
    op.create_index("ix_payment_day", "payment", ["received_on"], unique=False)
    op.create_index(op.f("ix_payment_invoice_id"), "payment", ["invoice_id"], unique=False)
    op.create_index(
        "ix_payment_source",
        "payment",
        ["source_id"],
        unique=False,
        sqlite_where=sa.text("source_id IS NOT NULL"),
        postgresql_where=sa.text("source_id IS NOT NULL"),
    )


def _dispute() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("evidence_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence_noted_by", sa.Uuid(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state = 'inquiry' OR state = 'open' OR state = 'won' OR state = 'lost' OR state = 'closed'",
            name=op.f("ck_dispute_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["evidence_noted_by"], ["account.id"], name=op.f("fk_dispute_evidence_noted_by")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_dispute_invoice_id")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_dispute_location_id")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_dispute_member_id")),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["membership.id"], name=op.f("fk_dispute_membership_id")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_dispute_stripe_id")),
    )
    op.create_index(op.f("ix_dispute_invoice_id"), "dispute", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_dispute_location_id"), "dispute", ["location_id"], unique=False)
    op.create_index(op.f("ix_dispute_member_id"), "dispute", ["member_id"], unique=False)
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"], unique=False)


def _refund() -> None:
    op.create_table(
        "refund",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("charge_row_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("paid_at", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("tender", sa.String(length=14), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stripe_account", sa.String(length=40), nullable=True),
        sa.Column("stripe_id", sa.String(length=80), nullable=True),
        sa.Column("lease_token", sa.Uuid(), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("failure_code", sa.String(length=60), nullable=True),
        sa.Column("by_account_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state = 'ready' OR state = 'sending' OR state = 'pending' OR state = 'succeeded' OR state = 'failed'",
            name=op.f("ck_refund_state_known"),
        ),
        sa.CheckConstraint(
            "tender = 'card' OR tender = 'cash' OR tender = 'terminal' OR tender = 'gift_card' OR tender = 'account_credit'",
            name=op.f("ck_refund_tender_known"),
        ),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_refund_sends_something")),
        sa.ForeignKeyConstraint(
            ["charge_row_id"], ["charge.id"], name=op.f("fk_refund_charge_row_id")
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_refund_invoice_id")),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_refund_location_id")
        ),
        sa.ForeignKeyConstraint(["paid_at"], ["location.id"], name=op.f("fk_refund_paid_at")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refund_stripe_id")),
    )
    op.create_index(op.f("ix_refund_charge_row_id"), "refund", ["charge_row_id"], unique=False)
    op.create_index("ix_refund_day", "refund", ["location_id", "finished_on"], unique=False)
    op.create_index(op.f("ix_refund_invoice_id"), "refund", ["invoice_id"], unique=False)
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_index(op.f("ix_refund_source_id"), "refund", ["source_id"], unique=False)
    op.create_index(
        "ix_refund_waiting",
        "refund",
        ["state", "lease_until_ms"],
        unique=False,
        sqlite_where=sa.text("state IN ('ready', 'sending', 'pending')"),
        postgresql_where=sa.text("state IN ('ready', 'sending', 'pending')"),
    )


def _dispute_answer() -> None:
    op.create_table(
        "dispute_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=9), nullable=False),
        sa.Column(
            "texts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("receipt_file", sa.String(length=80), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("looks", sa.SmallInteger(), nullable=False),
        sa.Column("failure_code", sa.String(length=60), nullable=True),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "about = 'inquiry' OR about = 'dispute'", name=op.f("ck_dispute_answer_about_known")
        ),
        sa.CheckConstraint(
            "state = 'ready' OR state = 'sending' OR state = 'submitted' OR state = 'failed'",
            name=op.f("ck_dispute_answer_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["account.id"], name=op.f("fk_dispute_answer_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_answer_dispute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_answer")),
        sa.UniqueConstraint("dispute_id", "about", name=op.f("uq_dispute_answer_dispute_id_about")),
    )
    op.create_index(
        "ix_dispute_answer_waiting", "dispute_answer", ["state", "lease_until_ms"], unique=False
    )


def _kept_by_bank() -> None:
    op.create_table(
        "kept_by_bank",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("dispute_id", sa.Uuid(), nullable=False),
        sa.Column("charge_row_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_kept_by_bank_keeps_something")),
        sa.ForeignKeyConstraint(
            ["charge_row_id"], ["charge.id"], name=op.f("fk_kept_by_bank_charge_row_id")
        ),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_kept_by_bank_dispute_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_by_bank")),
    )
    op.create_index(
        op.f("ix_kept_by_bank_charge_row_id"), "kept_by_bank", ["charge_row_id"], unique=False
    )
    op.create_index(
        op.f("ix_kept_by_bank_dispute_id"), "kept_by_bank", ["dispute_id"], unique=False
    )


def _fraud_warning() -> None:
    op.create_table(
        "fraud_warning",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stripe_id", sa.String(length=80), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_fraud_warning_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["looked_by"], ["account.id"], name=op.f("fk_fraud_warning_looked_by")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payment.id"], name=op.f("fk_fraud_warning_payment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fraud_warning")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_fraud_warning_stripe_id")),
    )
    op.create_index(
        op.f("ix_fraud_warning_location_id"), "fraud_warning", ["location_id"], unique=False
    )
    op.create_index(
        op.f("ix_fraud_warning_payment_id"), "fraud_warning", ["payment_id"], unique=False
    )


# In the order in which they refer to each other.
_TABLES = (
    _account,
    _audit_entry,
    _job_state,
    _journal_entry,
    _legal_entity,
    _outbox_message,
    _pace,
    _pack,
    _payout,
    _plan,
    _reconcile_run,
    _stray_intent,
    _webhook_event,
    _audit_seal,
    _location,
    _member,
    _pack_version,
    _period_lock,
    _plan_version,
    _posting,
    _account_credit,
    _account_credit_entry,
    _balance_transaction,
    _billing_run,
    _card_setup,
    _gift_card,
    _health_consent,
    _ledger_detail,
    _ledger_month,
    _ledger_rollup,
    _location_day,
    _member_home,
    _member_merge,
    _member_note,
    _member_pack,
    _notice,
    _number_counter,
    _pack_price,
    _parked,
    _plan_price,
    _policy_override,
    _price_rise,
    _private_reason,
    _promo_code,
    _reconcile_break,
    _settlement,
    _signed_document,
    _staff_role,
    _stripe_customer,
    _tax_exemption,
    _tax_rate,
    _tax_remittance,
    _taxed_month,
    _till_session,
    _consent,
    _gift_card_entry,
    _promo_group_member,
    _starter_override,
    _till_move,
    _membership,
    _charge,
    _credit_grant,
    _hold,
    _invoice,
    _invoice_indexes,
    _membership_period,
    _mrr_move,
    _plan_change,
    _price_rise_holder,
    _promo_use,
    _visit,
    _credit_entry,
    _credit_note,
    _dunning,
    _gauge_score,
    _given_period,
    _invoice_line,
    _payment_intent,
    _refund_request,
    _tier_suggestion,
    _credit_note_line,
    _invoice_discount,
    _payment_attempt,
    _payment,
    _dispute,
    _refund,
    _dispute_answer,
    _kept_by_bank,
    _fraud_warning,
)
