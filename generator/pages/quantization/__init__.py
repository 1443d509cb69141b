"""One model at one quantization, over all contexts."""
