"""Counts and latencies for a team's monitoring: what is measured, and how it is written.

Pure. Only numbers leave, under names that are fixed here: no text, no paths, nothing of the user.
"""
