"""Disputes and inquiries: what follows, what is answered, what speaks for us."""
