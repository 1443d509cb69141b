"""The site on this machine: as a host would serve it, and while one writes it."""
