"""Money that does not come through Stripe: tills, account credit."""
