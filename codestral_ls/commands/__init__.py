"""What a shell runs: the command line, and one module or folder per command."""
