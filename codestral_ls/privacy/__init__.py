"""What may leave this machine, where it may go, and what may come back in. Pure throughout.

::

    filenames   is this file one that never leaves, by its name or by the user's ``exclude``?
    hosts       may code, and which key, go to this endpoint?
      addresses     what the endpoint's text names, in one spelling only
    secrets     masks what has the form of a secret inside other text
      token_formats   forms that issuers give their secrets, one row for each
      assignments     random values given to something named like a secret
      randomness      made by a machine, or by a person out of words?
    text        takes from answers what could act on an editor or a terminal
"""
