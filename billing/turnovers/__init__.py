"""What nobody claimed for years: found, turned over to the state, taken back."""
