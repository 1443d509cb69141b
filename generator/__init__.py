"""VRAM Atlas: exact memory figures for language models, and the static site that shows them."""
