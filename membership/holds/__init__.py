"""A plan rests for some days."""
