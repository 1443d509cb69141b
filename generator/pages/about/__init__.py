"""How the figures come about and how good they are."""
