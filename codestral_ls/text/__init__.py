"""About text alone: lines, languages, syntax. Pure."""
