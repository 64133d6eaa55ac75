"""Stand-ins for what codestral-ls talks to, held to the contract of the real thing."""
