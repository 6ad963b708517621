"""A group of studios that never was, and its fourteen months, lived through our own doors."""
