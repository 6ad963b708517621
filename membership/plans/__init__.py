"""Held plans: their periods, and what they owe."""
