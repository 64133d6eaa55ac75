"""Completions over HTTP on this machine, for editors without LSP inline completion."""
