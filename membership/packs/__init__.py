"""Packs as members hold them, and how long they may be used."""
