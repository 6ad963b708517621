"""Told before something happens, with proof."""
