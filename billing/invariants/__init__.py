"""What must be true of billing at any time, asked by the doctor."""
