"""A stand-in for Stripe: a process of its own, spoken to over HTTP by the real SDK.

It models Stripe's documented contract as we understand it; it never proves Stripe's behaviour.
"""
