"""Draws ``media/icon.png``: a caret, and the lines that it is about to write.

python3 editors/vscode/scripts/icon.py
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

SIZE = 256
SAMPLES = 4  # each way, for smooth edges
BACKGROUND = (28, 35, 51)
# Left, top, right, bottom, corner radius, colour; in units of the whole.
BARS = [
    (0.16, 0.26, 0.46, 0.34, 0.04, (226, 232, 240)),
    (0.16, 0.46, 0.36, 0.54, 0.04, (226, 232, 240)),
    (0.42, 0.41, 0.45, 0.59, 0.015, (255, 138, 31)),
    (0.51, 0.46, 0.84, 0.54, 0.04, (104, 116, 140)),
    (0.16, 0.66, 0.68, 0.74, 0.04, (104, 116, 140)),
]


def inside(
    x: float, y: float, left: float, top: float, right: float, bottom: float, r: float
) -> bool:
    """Whether a point lies in a rectangle with round corners."""
    dx = max(left + r - x, x - (right - r), 0)
    dy = max(top + r - y, y - (bottom - r), 0)
    return dx * dx + dy * dy <= r * r


def sample(x: float, y: float) -> tuple[int, int, int, int]:
    """Colour and opacity at a point."""
    if not inside(x, y, 0, 0, 1, 1, 0.2):
        return (*BACKGROUND, 0)
    for *box, colour in reversed(BARS):
        if inside(x, y, *box):
            return (*colour, 255)
    return (*BACKGROUND, 255)


def pixel(column: int, row: int) -> bytes:
    """The mean of the samples in one pixel, weighted by their opacity."""
    steps = [(k + 0.5) / SAMPLES for k in range(SAMPLES)]
    taken = [sample((column + dx) / SIZE, (row + dy) / SIZE) for dx in steps for dy in steps]
    weight = sum(opacity for *_, opacity in taken)
    colour = [sum(c[i] * c[3] for c in taken) // weight if weight else 0 for i in range(3)]
    return bytes([*colour, weight // len(taken)])


def chunk(name: bytes, data: bytes) -> bytes:
    """One part of a PNG file."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def main() -> None:
    """Write the file."""
    rows = [b"\0" + b"".join(pixel(column, row) for column in range(SIZE)) for row in range(SIZE)]
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")]
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)
    (Path(__file__).parents[1] / "media" / "icon.png").write_bytes(picture)


if __name__ == "__main__":
    main()
