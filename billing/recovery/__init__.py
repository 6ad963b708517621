"""Failed payments: tried again, told, given up, reported."""
