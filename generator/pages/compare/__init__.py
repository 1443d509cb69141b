"""Models beside each other, and quantizations."""
