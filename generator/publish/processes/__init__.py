"""Who runs the jobs: forked processes, or a cluster."""
