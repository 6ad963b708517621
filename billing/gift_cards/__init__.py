"""Gift cards: sold, used anywhere, cashed, given back."""
