"""Invoices and credit notes: issued, numbered, shown, kept as documents."""
