"""A small workspace on disk, and an index of it in this process."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from codestral_ls.prompt.snippets import Snippet
from codestral_ls.workspace.files import Bounds
from codestral_ls.workspace.index.cache import Cache
from codestral_ls.workspace.index.indexing import DefinitionIndexer
from codestral_ls.workspace.index.query import IndexQuery, snippets
from codestral_ls.workspace.index.store import Index

PARCEL = '''
class Parcel:
    """Something to deliver."""

    weight: int

    def weigh(self, scale: Scale) -> float:
        """Grams on a scale."""
        return scale.weigh(self)


def load_parcel(path: str, *, strict: bool = False) -> Parcel:
    """Read a parcel from its file."""
    return Parcel()
'''
MAIN = "from shop.parcel import Parcel, load_parcel\n\n\ndef main() -> None:\n    "


class Clock:
    """Time that passes only by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Shop:
    """A workspace with an index. Paths are relative to it."""

    def __init__(
        self,
        root: Path,
        *,
        exclude: Sequence[str] = (),
        cache: Path | None = None,
        bounds: Bounds | None = None,
    ) -> None:
        self.root = root
        self.clock = Clock()
        self.index = Index()
        self.indexer = DefinitionIndexer(
            self.index,
            [str(root)],
            exclude,
            clock=self.clock,
            cache=Cache(str(cache), [str(root)]) if cache else None,
            bounds=bounds,
        )

    def write(self, path: str, text: str | bytes) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        # Later writes within the clock's resolution must count as changes too.
        self.clock.now += 1
        os.utime(file, (self.clock.now, self.clock.now))
        return file

    def work(self) -> None:
        """Index until nothing is left."""
        while self.indexer.step():
            pass
        assert self.indexer.is_done

    def files(self) -> list[str]:
        """The indexed files."""
        return sorted(str(Path(path).relative_to(self.root)) for path in self.index.outlines)

    def path(self, path: str) -> str:
        return str(self.root / path)

    def ask(self, before: str, after: str = "\n", *, path: str = "main.py", max_chars: int = 4000,
            language_id: str = "python") -> list[Snippet]:  # fmt: skip
        """The snippets for a place."""
        question = IndexQuery(self.path(path), before, after, language_id, max_chars)
        return snippets(self.index, self.indexer.texts, question)

    def reasons(self, before: str, after: str = "\n") -> list[str]:
        return [snippet.why for snippet in self.ask(before, after)]
