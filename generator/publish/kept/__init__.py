"""What builds keep for the next one on this machine."""
