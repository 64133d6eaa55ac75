"""Our own child processes and the JSON lines that go through their standard input and output.

``interpreter`` says how a child is started so that nothing of the workspace is run in it;
``parent`` starts them, sends requests, and starts them again a few times when they die; ``reader``
keeps what they must know of open documents; ``child`` is the loop on their side. The child's side
imports nothing of the parent's: without asyncio it starts sooner.
"""
