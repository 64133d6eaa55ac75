"""Tests of codestral-ls; they mirror its modules."""
