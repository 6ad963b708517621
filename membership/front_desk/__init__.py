"""What a desk sees of one member."""
