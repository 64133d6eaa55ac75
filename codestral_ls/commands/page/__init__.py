"""Self-contained pages: one file, no network, light and dark, readable on a phone."""
