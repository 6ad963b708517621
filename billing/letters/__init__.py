"""Stripe's letters: kept, then opened at our own pace."""
