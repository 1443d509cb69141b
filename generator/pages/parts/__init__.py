"""Parts that pages of several kinds share."""
