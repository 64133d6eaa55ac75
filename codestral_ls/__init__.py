"""codestral-ls: a language server for inline completion with fill-in-the-middle models.

The folders, from the outside in; each imports from those below it only::

    commands     what a shell runs: the command line, ``complete``, ``doctor``, ``login``
    server       LSP at the edge; takes a Snapshot before its first await
    session      from settings and keys to a working engine
    engine       when to ask, what to reuse, when to answer
    backends     who is asked: Mistral, servers of one's own, the embedded provider
    workspace    the files around the document, read by child processes
    prompt       what a model is sent
    postprocess  from a model's raw text to what is right to insert
    text         lines, languages, syntax, calls: about text alone
    config       the one definition of settings
    privacy      which hosts, which files, which strings

``README.md`` beside this file has the way of a keystroke, the vocabulary and how to add things.
The rules are tests in ``tests/test_layers.py``.
"""

__version__ = "0.1.0"
