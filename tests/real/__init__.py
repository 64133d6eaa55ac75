"""Tests with real editors and inference servers; what cannot be had is named NOT PROVED."""
