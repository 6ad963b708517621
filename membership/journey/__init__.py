"""The protocol: a starter, its plan, and moving between tiers as one's need changes."""
