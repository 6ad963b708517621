"""Other terms for a held plan."""
