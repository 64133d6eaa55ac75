"""Child processes of our own, spoken to by JSON lines over their standard input and output.

``parent`` starts and asks them, and starts them again a few times when they die; ``child`` is the
loop on their side. The two share no module, since a child that imports asyncio starts later.
"""
