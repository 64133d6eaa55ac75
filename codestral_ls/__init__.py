"""codestral-ls: a language server for inline completion with fill-in-the-middle models.

The way of one keystroke, module by module::

    server      speaks LSP; takes a Snapshot before its first await
    documents   keeps the client's documents in step, line by line
    engine      the one coroutine a completion runs through
      triggers      complete here? how much? or skip, with a reason
      cache         recent answers
      context       the window round the cursor
      prompt        what a model is sent
      backends      who is asked: one file per backend
      postprocess   from a model's raw text to what is right to insert
    cli         arguments, logging, ``complete``
    session     settings and keys to an engine; shared by cli and server
    config      Options (sent) to Settings (resolved), with problems
    workspace   the embedded provider, in a process of its own

Invariants, each of them a test in ``tests/test_layers.py``:

- Only ``server`` and ``documents`` import pygls or lsprotocol. Only ``backends`` imports httpx.
- ``asyncio`` appears in ``server``, ``engine``, ``session``, ``cli`` and ``backends``; everything
  else is plain functions without waiting.
- No stage imports another stage; the engine alone knows their order. Imports point one way.
- Positions exist outside, code-point offsets inside.
- Source text, completions and keys are never logged at INFO or above.
- Nothing in the pure stages raises, whatever the text.
"""

__version__ = "0.1.0"
