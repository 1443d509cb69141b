"""The estimation core: model config, quantization and engine settings in, bytes out. Pure: no I/O, no HTML."""
