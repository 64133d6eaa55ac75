"""What a model is sent. Pure."""
