"""What the report says of the index. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from codestral_ls.commands.doctor.verdict import Check, failed, ok
from codestral_ls.commands.doctor.workspace import IndexFindings
from codestral_ls.privacy.text import name
from codestral_ls.workspace.process.limits import COMPUTING_S


def index_check(found: IndexFindings | None) -> Iterator[Check]:
    """The line of the index: what is read, what is not and why, and where it is kept."""
    if found is None:
        return
    if not found.is_used:
        why = "max_context_chars is 0" if found.roots else "nothing of this folder may be sent"
        yield ok("index", f"not used: {why}, so prompts show no other files")
        return
    folders = ", ".join(name(str(root)) for root in found.roots)
    if found.n_code and not found.status:
        yield failed(
            "index",
            f"the process that reads {folders} does not answer",
            "Run codestral-ls doctor again. If it still fails, please report it. "
            "Completions come without passages of other files.",
        )
        return
    so_far = "" if not found.n_code or found.status.get("done") else " so far"
    n_files, n_names = _number(found, "files"), _number(found, "names")
    text = f"{_counted(n_files, 'file')} of {folders} read{so_far}, {_counted(n_names, 'name')}"
    yield ok("index", text, "\n".join(_more(found)))


def _more(found: IndexFindings) -> Iterator[str]:
    if found.left_out:
        largest = sorted(found.left_out.items(), key=lambda item: (-item[1], item[0]))
        yield f"Left out: {', '.join(f'{n:,} {reason}' for reason, n in largest)}."
    if said := str(found.status.get("left_out") or ""):
        yield said
    elif found.walk_was_cut:
        yield "The workspace is too large to look at all of it now; the server goes on longer."
    if found.cache_directory:
        size = (
            f"{found.cache_bytes / 1e6:.1f} MB" if found.cache_bytes >= 100_000 else "under 0.1 MB"
        )
        yield f"Kept in {found.cache_directory}, {size} for all workspaces together."
    yield f"A file that takes more than {COMPUTING_S:g} s of computing is passed over."


def _number(found: IndexFindings, key: str) -> int:
    value = found.status.get(key)
    return value if isinstance(value, int) else 0


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
