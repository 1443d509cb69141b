"""Which jobs must run again: what each read and wrote, and the manifest that tells it."""
