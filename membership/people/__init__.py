"""Who members are, where they belong, and what is known of them."""
