"""What a backend is asked."""

from __future__ import annotations

from dataclasses import dataclass

from codestral_ls.prompt.snippets import Snippet


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a backend is asked: the text round the cursor, and how much to make of it."""

    prefix: str
    suffix: str
    max_tokens: int
    temperature: float
    stop: tuple[str, ...] = ()
    cache_key: str = ""
    """Random, stable for a document and run; lets a server find the prompt's cached head."""
    snippets: tuple[Snippet, ...] = ()
    """Passages of other files, to stand before the prefix in the way the model knows."""
    shown_path: str = ""
    """The document's own path for that, relative to the workspace."""
    language_id: str = ""
    """The document's language; sent only in a header of the user's that names it."""
    request_id: str = ""
    """Random, for one request; what a gateway's log can be searched for."""
    path: str | None = None
    """Absolute path of the document; used by the embedded provider alone, never sent."""
