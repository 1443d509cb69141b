"""From page models to files: the plan, the writer, the link check, the manifest."""
