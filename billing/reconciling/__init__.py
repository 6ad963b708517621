"""Our books against what Stripe says: movements, payouts, breaks, adoption."""
