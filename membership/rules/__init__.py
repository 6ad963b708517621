"""Pure rules of this floor: frozen values in, frozen values out."""
