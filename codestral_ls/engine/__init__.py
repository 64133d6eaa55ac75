"""When to ask, what to reuse, when to answer."""
