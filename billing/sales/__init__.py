"""Selling with the member present: online, at the desk, on their own phone."""
