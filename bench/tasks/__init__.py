"""What runs in fresh processes. Arguments and results are JSON; ``bench.child`` calls them by name."""
