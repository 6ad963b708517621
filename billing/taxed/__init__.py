"""What each tax was charged on."""
