"""Somebody comes in."""
