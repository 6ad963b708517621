"""The ways out of a plan or pack, and what they give back."""
