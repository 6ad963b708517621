"""A member at Stripe, and the card they let us keep."""
