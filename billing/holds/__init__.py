"""Putting a plan on hold, with its fee."""
