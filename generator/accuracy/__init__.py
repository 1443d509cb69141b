"""Our figures beside what the engines measured, and the error bands that follow from them."""
