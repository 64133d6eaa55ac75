"""How a child is started so that nothing of the workspace is ever run in it.

The editor starts the server in the workspace as a rule, and the workspace may be hostile. A
``types.py`` there must not be imported in place of the standard library's, whatever PYTHONPATH
says, and a child needs neither keys nor settings.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_PACKAGE = str(Path(__file__).resolve().parents[3])
"""The directory that holds this package."""

_VARIABLES = frozenset(
    (
        *("PATH", "HOME", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "TZ"),
        *("SYSTEMROOT", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA"),
        *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"),
        # Where git's settings of the user are, which name files of ignore rules.
        *("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    )
)
_PREFIXES = ("LC_", "COVERAGE_")


def command(module: str, roots: Sequence[str] = ()) -> list[str]:
    """What runs ``main()`` of a module of this package; arguments follow.

    ``roots`` are directories that no module may come from.
    """
    # Isolated: no PYTHON… variable counts, and neither the current directory nor the user's
    # packages are on the path. Packages may well be there, so that the path is ours, by value.
    return _with_path(module, module_path(sys.path, [Path.cwd(), *map(Path, roots)]))


def same_command(module: str, *, niceness: int = 0) -> list[str]:
    """As ``command``, from within a child: with the path that it was started with.

    ``niceness``: by how much it lowers its priority, on platforms that have ``nice``, before it
    loads anything.
    """
    return _with_path(module, sys.path, niceness)


def _with_path(module: str, path: Sequence[str], niceness: int = 0) -> list[str]:
    lines = [f"import sys; sys.path[:] = {path!r}"]
    if niceness and hasattr(os, "nice"):
        lines += [
            "import contextlib, os",
            f"with contextlib.suppress(OSError): os.nice({niceness})",
        ]
    lines.append(f"from {module} import main; sys.exit(main())")
    return [sys.executable, "-I", "-c", "\n".join(lines)]


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Our own, without anything that a child does not need: keys have many names."""
    return {
        name: value
        for name, value in ours.items()
        if name.upper() in _VARIABLES or name.upper().startswith(_PREFIXES)
    }


def working_directory() -> str:
    """The root of the file system: no workspace, and it cannot go away."""
    return os.path.abspath(os.sep)  # noqa: PTH100 - of the current drive, where there are drives


def module_path(entries: Iterable[str], untrusted: Iterable[Path]) -> list[str]:
    """The entries of a module path that lie outside of some directories, and our own package's.

    The interpreter's directories stay, also where the virtual environment is in the workspace. Our
    package comes last, so that what lies beside it stands in for nothing.
    """
    refused = [_real(path) for path in untrusted]
    trusted = [Path(os.path.realpath(each)) for each in (sys.prefix, sys.base_prefix)]
    kept = []
    for entry in entries:
        path = Path(entry)
        # An empty or relative entry means the current directory.
        if not path.is_absolute() or entry == _PACKAGE:
            continue
        real = _real(path)
        is_trusted = any(real.is_relative_to(each) for each in trusted)
        if is_trusted or not any(real.is_relative_to(each) for each in refused):
            kept.append(entry)
    return [*kept, _PACKAGE]


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))
