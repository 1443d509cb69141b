"""One model at one quantization and one context."""
