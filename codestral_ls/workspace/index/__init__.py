"""What the workspace defines, so that prompts can show what the code at the cursor uses.

``process`` answers in a child process that ``client`` starts. It reads what is near the documents
(``imports``, ``near``); the whole workspace is read by another process (``survey``,
``survey_process``), and ``surveyed`` takes in what that finds. ``outline`` with ``grammars``
and ``plain`` (languages without an installed grammar) says what a file defines; ``store`` keeps it
by name; ``indexing`` fills the store with the files that ``workspace.selection`` permits; ``cache``
keeps it between runs; ``ranking``, ``passages`` and ``query`` choose what to show.
"""
