"""Money that goes back: granted, asked for, sent, never above what was paid."""
