"""What may leave this machine, where it may go, and what may come back in. Pure throughout.

::

    filenames   is this file one that never leaves, by its name or by the user's ``exclude``?
    hosts       may code, and which key, go to this endpoint?
    secrets     masks what has the form of a secret inside other text
    text        takes from answers what could act on an editor or a terminal
"""
