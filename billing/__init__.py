"""What is invoiced, collected, refunded and proven."""
