"""stdin, stdout and stderr as a shell leaves them: closed, ended early, in any encoding.

Nothing a shell does to them is a defect of ours, so none ends in a traceback.
"""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn, TextIO

# As shells report a program that SIGPIPE ended.
_READER_LEFT = 141

# What is written for people, for terminals that have no more than ASCII or Latin-1.
_PLAIN = str.maketrans({"“": '"', "”": '"', "…": "...", "’": "'", "–": "-"})


def open_all() -> None:
    """Have all three open, and able to write any text.

    Where one is closed (``<&-``), the next file or socket would get its number, and what is
    printed would go there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdin = sys.stdin or _nowhere("r")
    sys.stdout = sys.stdout or _nowhere("w")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A question mark is better than no completion and no message.
            stream.reconfigure(errors="replace")


def _nowhere(mode: str) -> TextIO:
    return io.TextIOWrapper(io.FileIO(os.devnull, mode), encoding="utf-8")


def fits(text: str, stream: TextIO) -> bool:
    """The stream's encoding has all characters of the text."""
    try:
        text.encode(stream.encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def fitted(text: str, stream: TextIO) -> str:
    """A text for people, with plain characters where the stream's encoding wants them."""
    return text if fits(text, stream) else text.translate(_PLAIN)


def complain(text: str) -> None:
    """One line on stderr."""
    sys.stderr.write(fitted(f"codestral-ls: {text}\n", sys.stderr))


def leave(error: OSError) -> NoReturn:
    """End because stdout or stderr cannot be written: quietly where nobody reads it any more."""
    status = _READER_LEFT
    if not isinstance(error, BrokenPipeError):
        status = 1
        complain(f"stdout cannot be written ({error.strerror}).")
    # What is still buffered would fail again at the interpreter's end.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    if isinstance(error, BrokenPipeError):
        os.dup2(null, 2)
    sys.exit(status)
