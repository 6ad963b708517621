"""Changing a plan, with the money that moves."""
