"""What a member agreed to, word for word."""
