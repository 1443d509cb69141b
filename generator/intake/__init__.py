"""What comes from outside: a model's facts from the Hugging Face Hub or a GGUF file, as a new data file."""
