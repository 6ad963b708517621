"""Whole minor units, and the only place that divides them.

Amounts are integers (`*_cents`), rates are integers in parts per million (`rate_ppm`,
10.35 % = 103_500). Every split sums to what was split; every rounding is half up on the
magnitude, so a refund mirrors its charge to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence

PPM = 1_000_000

# ISO 4217 exponents that are not 2, for the currencies a studio may price in.
_MINOR_DIGITS = {"CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "PYG": 0, "UGX": 0, "VND": 0}
_MINOR_DIGITS |= {"XAF": 0, "XOF": 0, "XPF": 0, "RWF": 0, "BIF": 0, "DJF": 0, "GNF": 0}
_MINOR_DIGITS |= {"KMF": 0, "UYI": 0, "VUV": 0}
_MINOR_DIGITS |= {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}


def half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest whole, a half away from zero.

    Raises ValueError unless the denominator is positive.
    """
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def allocate(total_cents: int, parts: int) -> list[int]:
    """Split into equal parts; what does not divide goes a cent each to the first ones.

    The parts always sum to `total_cents` (10000 in 3 is 3334, 3333, 3333).
    """
    if parts <= 0:
        raise ValueError("there must be at least one part")
    share, rest = divmod(abs(total_cents), parts)
    sign = -1 if total_cents < 0 else 1
    return [sign * (share + (1 if n < rest else 0)) for n in range(parts)]


def allocate_by(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split in proportion to `weights` by largest remainder; a tie goes to the earlier one.

    Sums to `total_cents`, and no part is further than one cent from its exact share.
    Raises ValueError on a negative weight or when all are zero.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative, nor all zero")
    sign = -1 if total_cents < 0 else 1
    shares = [divmod(abs(total_cents) * weight, whole) for weight in weights]
    missing = abs(total_cents) - sum(share for share, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda n: -shares[n][1])
    extra = set(by_remainder[:missing])
    return [sign * (share + (n in extra)) for n, (share, _) in enumerate(shares)]


def prorate(price_cents: int, *, days: int, of_days: int) -> int:
    """The price of `days` out of a full period of `of_days`, half up to the cent."""
    if not 0 <= days <= of_days:
        raise ValueError(f"{days} days do not lie within a period of {of_days}")
    return half_up(price_cents * days, of_days)


def tax_cents(net_cents: int, *, rate_ppm: int) -> int:
    """Tax on a net amount, half up on the magnitude, so a credit note mirrors its invoice."""
    if rate_ppm < 0:
        raise ValueError("a tax rate cannot be negative")
    return half_up(net_cents * rate_ppm, PPM)


def minor_digits(currency: str) -> int:
    """Decimal places of an ISO 4217 currency code (USD 2, JPY 0, KWD 3).

    Raises ValueError on anything but three capital letters.
    """
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise ValueError(f"not a currency code: {currency!r}")
    return _MINOR_DIGITS.get(currency, 2)


def major_text(amount_cents: int, *, digits: int) -> str:
    """Minor units as the exact number of major ones: 1205 of 2 digits is `12.05`."""
    if not digits:
        return str(amount_cents)
    text = str(abs(amount_cents)).zfill(digits + 1)
    return f"{'-' if amount_cents < 0 else ''}{text[:-digits]}.{text[-digits:]}"


def require_same_currency(*currencies: str) -> str:
    """The one currency that all the given ones are; ValueError where they differ."""
    distinct = set(currencies)
    if len(distinct) != 1:
        raise ValueError(f"amounts of different currencies do not add: {sorted(distinct)}")
    return distinct.pop()
