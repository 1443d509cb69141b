"""One model on one device or group."""
