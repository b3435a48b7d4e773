"""The command line: one file a command. A command parses, calls the package, prints, and knows nothing else."""
