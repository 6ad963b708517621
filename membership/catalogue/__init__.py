"""What is sold: packs, plans, their versions and prices."""
