"""Where a site stands, and how it gets there: a folder or an object store, in steps that a kill leaves whole."""
