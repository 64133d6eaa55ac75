"""What differs between two texts in UTF-8: one passage, found without looking at each byte."""

from __future__ import annotations


def point(source: bytes, offset: int) -> tuple[int, int]:
    """Row and column of a byte, as tree-sitter counts them."""
    return source.count(b"\n", 0, offset), offset - (source.rfind(b"\n", 0, offset) + 1)


def difference(old: bytes, new: bytes) -> tuple[int, int, int]:
    """Where two texts begin to differ, and where that ends in each."""
    if old == new:
        return len(old), len(old), len(new)
    start = _character_start(new, _shared(old, new, from_end=False, limit=min(len(old), len(new))))
    shared_end = _shared(old, new, from_end=True, limit=min(len(old), len(new)) - start)
    # The rest of a character may be the same where its beginning is not.
    while shared_end and (new[len(new) - shared_end] & 0xC0) == 0x80:
        shared_end -= 1
    return start, len(old) - shared_end, len(new) - shared_end


def _shared(old: bytes, new: bytes, *, from_end: bool, limit: int) -> int:
    """How many bytes two texts share at one end, found by halving: each step compares in C."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if from_end:
            same = (
                old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]
            )
        else:
            same = old[low:middle] == new[low:middle]
        low, high = (middle, high) if same else (low, middle - 1)
    return low


def _character_start(source: bytes, offset: int) -> int:
    while 0 < offset < len(source) and (source[offset] & 0xC0) == 0x80:
        offset -= 1
    return offset
