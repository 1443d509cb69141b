"""How fast the build is, in ratios to what it can't beat and to what people use."""
