"""A group of studios that never was: it shows what the house does, through the house's own doors."""
