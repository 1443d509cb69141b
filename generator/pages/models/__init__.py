"""A model as a whole, its family, and the lists of all models."""
