"""Our figures beside others': a file's tensors, another version of the data, an engine's log."""
