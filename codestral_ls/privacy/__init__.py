"""What may leave this machine, where it may go, and what may come back in. Pure, but for
``places``, which looks at the disk.

::

    filenames   is this file one that never leaves, by its name or by the user's ``exclude``?
    unnamed     may it be one, by its text, where no name is known?
    hosts       may code, and which key, go to this endpoint?
      addresses     what the endpoint's text names, in one spelling only
    secrets     masks what has the form of a secret inside other text
      token_formats   forms that issuers give their secrets, one row for each
      assignments     random values given to something named like a secret
      randomness      made by a machine, or by a person out of words?
    places      which file an address means, whatever way an editor spells it
    globs       the lines of an ignore file or of ``exclude``, matched in bounded time
    text        takes from answers and messages what could act on an editor or a terminal
"""
