"""What must be true of membership at any time, asked by the doctor."""
