"""What the server does with each message, grouped by subject."""
