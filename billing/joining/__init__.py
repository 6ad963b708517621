"""Joining online: a stranger becomes a member."""
