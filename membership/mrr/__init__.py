"""Monthly recurring revenue as a list of dated moves."""
