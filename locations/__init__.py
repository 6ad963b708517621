"""Where: studios, who may act there, which rules of the land hold, whose books."""
