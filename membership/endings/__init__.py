"""How plans and packs end, and what they give back."""
