"""The embedded provider: continues what was written before in the same situation."""
