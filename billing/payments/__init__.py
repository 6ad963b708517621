"""How money is asked for once: an attempt, its call, its outcome, and what is unknown."""
