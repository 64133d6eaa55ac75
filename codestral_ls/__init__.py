"""codestral-ls: a language server for inline completion with fill-in-the-middle models.

The way of one keystroke, module by module::

    server      speaks LSP; takes a Snapshot before its first await
    documents   keeps the client's documents in step, on ``lines``
    engine      the one coroutine a completion runs through
      triggers      complete here, and when? or skip, with a reason
      cache         recent answers, found again by content (``recall`` reads them)
      dispatch      the backend's side: slots, streams (``generation``), ``manners``, ``ledger``
      context       the window round the cursor
      shelving      snippets of other files, from the ``index``
      prompt        what a model is sent; ``templates`` for raw prompts
      backends      who is asked: one file per backend
      postprocess   from a model's raw text to what is right to insert, with ``syntax``
      journal       counters and reasons
    cli         arguments and logging; ``complete``, ``doctor`` and ``login`` are its commands
    session     settings and keys to an engine; shared by cli and server
    config      Options (sent) to Settings (resolved), with problems
    privacy     hosts that are trusted, secrets that are masked, files that are left alone
    workspace   the embedded provider, in a process of its own on ``children``
    index       definitions and passages of the workspace, in another

Invariants, each of them a test in ``tests/test_layers.py``:

- Only ``server`` and ``documents`` import pygls or lsprotocol. Only ``backends`` imports httpx.
- ``asyncio`` appears at the edges and in the engine's rooms; the stages are plain functions without
  waiting.
- No stage imports another stage; the engine alone knows their order. Imports point one way.
- Positions exist outside, code-point offsets inside.
- Source text, completions and keys are never logged at INFO or above.
- Nothing in the pure stages raises, whatever the text.
"""

__version__ = "0.1.0"
