"""Sessions owed to members: granted, used, expired, given back, turned over."""
