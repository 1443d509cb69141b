"""What a quantization is, apart from any model."""
