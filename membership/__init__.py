"""What is sold, held and used: packs, plans, credits, visits, consents."""
