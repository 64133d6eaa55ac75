"""Codestral at Mistral's own hosts."""
