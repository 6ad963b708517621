"""The nouns of Stripe that the product uses, one module each, one function per verb."""
