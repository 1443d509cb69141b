"""What runs on a device, a group, a memory size, a cloud instance."""
