"""What stands beside the pages: figures for scripts, downloads, feed, texts for programs."""
