"""The embedded provider: learns the workspace's files and continues what was written before.

``process`` runs everything in a child process that ``backends.workspace`` starts. ``files`` says
which files may be learnt; ``tokens``, ``learner`` and ``predict`` with its parts (``evidence``,
``renaming``, ``weights``) are pure. Nothing here imports more than the child needs to start in a
tenth of a second.
"""
