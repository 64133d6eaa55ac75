"""What a file imports, as paths to look for, read from its text alone. Pure.

A target is a path without its ending. ``./`` and ``../`` are meant from the file's own directory;
everything else may lie under any directory above it. Nothing here says whether a target exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from posixpath import basename
from types import MappingProxyType

from codestral_ls.workspace.index.grammars import family

_WITHIN = 20_000
"""Characters at a document's start that are searched."""
_MOST_TARGETS = 120
_MOST_SPECIFIC = 300  # characters of one import
_OWN, _BEST = 0, 1
"""Ranks of a target that is surely the project's own, and of an import's best guess. What an import
may mean besides has higher ones."""
_FOREIGN = 99
"""The rank of a language's own library."""
_Ranked = Iterator[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How a language's imports name files."""

    targets: Callable[[str, str], _Ranked]
    """Of a text and its file's name, each with its rank: the lower, the likelier."""
    endings: tuple[str, ...]
    """What the name of a file has in addition to its target's."""
    indexes: tuple[str, ...] = ()
    """Files that stand for their directory."""
    below: tuple[str, ...] = ()
    """Directories beside the file, or above it, that hold sources."""
    whole_directory: bool = False
    """A target is a directory, and all its files are meant."""


def rules_of(language_id: str) -> ImportRules | None:
    """The rules of a language; None where its imports name no files."""
    return _RULES.get(family(language_id))


def targets(text: str, name: str, rules: ImportRules) -> tuple[str, ...]:
    """What a file of this name imports, each target once; some where there are many.

    What is surely the project's own comes first, then the best guess of each other import, then
    the second guesses, so that the guesses for some imports push out no other import.
    """
    ranked = sorted(rules.targets(text[:_WITHIN], name), key=itemgetter(0))
    usable = (each for _, each in ranked if 0 < len(each) <= _MOST_SPECIFIC)
    return tuple(islice(dict.fromkeys(usable), _MOST_TARGETS))


def _guesses(targets: Iterable[str], rank: int = _BEST) -> _Ranked:
    """What one import may mean, the likeliest first."""
    return enumerate(dict.fromkeys(targets), rank)


def passed_on(text: str, name: str) -> str:
    """The imports of what a file passes on: all of a text whose file's name says that it mostly
    does so, or the statements that say so themselves; empty where there are none."""
    text = text[:_WITHIN]
    if basename(name).partition(".")[0] in {"__init__", "index", "mod", "lib", "init"}:
        return text
    return "\n".join(_PASSED_ON.findall(text))


_PASSED_ON = re.compile(
    r"^export\s+(?:type\s+)?(?:\*[^;\n'\"]{0,80}|\{[^}]{0,2000}\})\s*from\s*[\"'][^\"'\n]{1,300}[\"']"
    r"|^pub\s+use\s[^;]{1,1500};",
    re.MULTILINE,
)
"""What JavaScript and Rust pass on."""
_PYTHON_FROM = re.compile(
    r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]{0,2000}\)|[^\n#]{1,500})",
    re.MULTILINE,
)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([\w., \t]{1,500})", re.MULTILINE)
_QUOTED_MODULE = re.compile(
    r"""(?:\bfrom|\bimport|\brequire|\bexport)\b\s*\(?\s*(["'])([^"'\n]{1,300})\1"""
)
_SCRIPT_ENDING = re.compile(r"(?:\.d)?\.[cm]?[jt]sx?$|\.(?:vue|svelte)$")
_GO_BLOCK = re.compile(r"^import\s*(?:\(([^)]{0,8000})\)|([^\n(]{1,300}))", re.MULTILINE)
_GO_PATH = re.compile(r'"([^"\n]{1,300})"|`([^`\n]{1,300})`')
_GO_LIBRARY = frozenset(
    (
        *("archive", "bufio", "bytes", "cmp", "compress", "container", "context", "crypto"),
        *("database", "debug", "embed", "encoding", "errors", "expvar", "flag", "fmt", "go"),
        *("hash", "html", "image", "index", "io", "iter", "log", "maps", "math", "mime", "net"),
        *("os", "path", "plugin", "reflect", "regexp", "runtime", "slices", "sort", "strconv"),
        *("strings", "structs", "sync", "syscall", "testing", "text", "time", "unicode"),
        *("unique", "unsafe", "weak"),
    )
)
"""What paths of Go's own packages begin with; a module's path need have no dot."""
_GO_HOSTS = frozenset(("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "golang.org"))
"""Hosts whose modules' paths have two parts after the host."""
_ALIAS_SIGNS = ("@", "~", "$", "#")
_RUST_LIBRARY = frozenset(("std", "core", "alloc"))
_RUST_PLACE = re.compile(r'^[ \t]*#\[path[ \t]*=[ \t]*"([^"\n]{1,300})\.rs"\]', re.MULTILINE)
_RUST_USE = re.compile(r"^[ \t]*(?:pub(?:\([^)\n]*\))?\s+)?use\s+([^;]{1,1500});", re.MULTILINE)
_RUST_MOD = re.compile(r"^[ \t]*(?:pub(?:\([^)\n]*\))?\s+)?mod\s+(\w+)\s*;", re.MULTILINE)
_JAVA_IMPORT = re.compile(r"^[ \t]*import\s+(static\s+)?([\w.]{1,300})(\.[*_]|\.\{)?", re.MULTILINE)
_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*(?:include|import)[ \t]*(["<])([^">\n]{1,300})[">]', re.MULTILINE
)
_USING = re.compile(r"^[ \t]*using\s+(?:static\s+)?([\w.]{1,300})\s*;", re.MULTILINE)
_PHP_USE = re.compile(r"^[ \t]*use\s+(?:function\s+|const\s+)?\\?([\w\\]{1,300})", re.MULTILINE)
_PHP_REQUIRE = re.compile(
    r"\b(?:require|include)(?:_once)?\b[^;'\"\n]{0,80}['\"]/?([^'\"\n]{1,300})\.php['\"]"
)
_RUBY_REQUIRE = re.compile(r"^[ \t]*require(_relative)?[ \t(]+['\"]([^'\"\n]{1,300})", re.MULTILINE)
_LUA_REQUIRE = re.compile(r"\brequire\b\s*\(?\s*['\"]([\w./-]{1,300})['\"]")
_DART_IMPORT = re.compile(r"^[ \t]*(?:import|export|part)\s+['\"]([^'\"\n]{1,300})", re.MULTILINE)


def _python(text: str, _name: str) -> _Ranked:
    for dots, module, names in _PYTHON_FROM.findall(text):
        start = ("./" if len(dots) == 1 else "../" * (len(dots) - 1)) if dots else ""
        path = (start + module.replace(".", "/")).rstrip("/")
        best = _OWN if dots else _BEST
        yield best, path or "."
        # A name is a module's only if the path is a package's; where there are only dots it is.
        parts = re.findall(r"(\w+)(?:[ \t]+as[ \t]+\w+)?", names)
        yield from _guesses(
            (f"{path}/{part}" if path else part for part in parts), best + 1 if module else best
        )
    for modules in _PYTHON_IMPORT.findall(text):
        for module in modules.split(","):
            if path := module.partition(" as ")[0].strip().replace(".", "/"):
                yield _BEST, path


def _script(text: str, _name: str) -> _Ranked:
    for _, module in _QUOTED_MODULE.findall(text):
        path = _SCRIPT_ENDING.sub("", module)
        if path.startswith((".", "@/", "~/", "#/")):
            yield _OWN, path if path.startswith(".") else path[2:]
            continue
        scope, _, rest = path.partition("/")
        if not rest or scope[:1] not in _ALIAS_SIGNS:
            yield _BEST, path
            continue
        # An alias of a directory has its name as a rule, behind a sign …
        guesses = [path[1:]]
        if scope.startswith("@"):
            # … and in a repository of several packages their directories have their names.
            package, _, inside = rest.partition("/")
            guesses.append(rest)
            guesses.append(f"{package}/src/{inside}" if inside else f"{scope[1:]}-{package}")
        yield from _guesses((*guesses, path))


def _go(text: str, _name: str) -> _Ranked:
    for block, single in _GO_BLOCK.findall(text):
        for quoted, raw in _GO_PATH.findall(block or single):
            path = quoted or raw
            parts = path.split("/")
            if parts[0] in _GO_LIBRARY:
                yield _FOREIGN, path
                continue
            # The repository's own module has its path before its directories: a host, on some
            # hosts an owner, and the module.
            likely = 3 if parts[0] in _GO_HOSTS else 2 if "." in parts[0] else 1
            starts = (likely, *(at for at in (2, 1, 3) if at != likely), *range(4, len(parts)))
            yield from _guesses("/".join(parts[at:]) for at in (*starts, 0) if at < len(parts))


def _rust(text: str, name: str) -> _Ranked:
    is_index = basename(name) in {"mod.rs", "lib.rs", "main.rs"}
    here = "./" if is_index else f"./{basename(name).removesuffix('.rs')}/"
    for path in _RUST_PLACE.findall(text):
        yield _OWN, f"./{path}"
    for module in _RUST_MOD.findall(text):
        yield _OWN, here + module
    for tree in _RUST_USE.findall(text):
        for path in islice(_rust_paths(tree), 40):
            parts = [part for part in path.split("::") if part and part != "*"]
            if not parts:
                continue
            head, rest = parts[0], parts[1:]
            if head == "self":
                start = here
            elif head == "super":
                start = "../" if is_index else "./"
                while rest and rest[0] == "super":
                    start, rest = start + "../", rest[1:]
            else:
                yield from _rust_crate(head, rest)
                continue
            yield from ((_OWN, start + stem) for stem in _lengths(rest))


def _rust_crate(head: str, rest: list[str]) -> _Ranked:
    """What a path in a crate may mean."""
    whole, *shorter = (*_lengths(rest), "lib")
    if head == "crate":
        # The last name is an item's or a module's.
        own = (f"src/{stem}" for stem in (whole, *shorter[:1]))
        yield from ((_OWN, each) for each in own)
        yield from _guesses((*(f"src/{stem}" for stem in shorter[1:]), *_lengths(rest)))
        return
    # Directories have hyphens as a rule, and may lack what all crates of a project begin with.
    name = head.replace("_", "-")
    crates = dict.fromkeys((name, name.partition("-")[2] or name, head))
    stems = (*shorter[:1], *shorter[-1:], whole, *shorter[1:-1])
    places = (f"{crate}/src/{stem}" for stem in stems for crate in crates)
    best = _FOREIGN if head in _RUST_LIBRARY else _BEST
    yield from _guesses((*places, *_lengths([head, *rest])), best)


def _rust_paths(tree: str, before: str = "", depth: int = 0) -> Iterator[str]:
    """The paths of ``a::{b, c::d}``, each written out."""
    head, brace, inner = tree.strip().partition("{")
    if not brace or depth > 5:
        yield before + re.sub(r"\s+as\s+\w+\s*$", "", head.strip())
        return
    start = before + head.strip()
    level, part = 0, ""
    for char in inner:
        if char == "}" and level == 0:
            break
        level += (char == "{") - (char == "}")
        if char == "," and level == 0:
            yield from _rust_paths(part, start, depth + 1)
            part = ""
        else:
            part += char
    if part.strip():
        yield from _rust_paths(part, start, depth + 1)


def _lengths(parts: list[str]) -> Iterator[str]:
    """A path and those that it begins with, the longest first: its last names may be items."""
    return ("/".join(parts[:end]) for end in range(len(parts), max(0, len(parts) - 3), -1))


def _java(text: str, _name: str) -> _Ranked:
    for is_static, path, _ in _JAVA_IMPORT.findall(text):
        # A static import, or one of an inner class, has further names behind the file's.
        whole, *shorter = islice(_lengths(path.strip(".").split(".")), 2)
        yield from _guesses((*shorter, whole) if is_static else (whole, *shorter))


def _c(text: str, name: str) -> _Ranked:
    yield _OWN, "./" + basename(name).partition(".")[0]
    for sign, path in _INCLUDE.findall(text):
        stem, dot, _ending = path.rpartition(".")
        target = stem if dot else path
        beside = "./" + target
        yield from _guesses((beside, target) if sign == '"' else (target, beside))


def _csharp(text: str, _name: str) -> _Ranked:
    for path in _USING.findall(text):
        parts = path.split(".")
        whole, *shorter = ("/".join(parts[at:]) for at in range(len(parts)))
        # Namespaces begin with the project's name as a rule.
        best = _FOREIGN if parts[0] == "System" else _BEST
        yield from _guesses((*shorter[:1], whole, path, *shorter[1:]), best)


def _php(text: str, _name: str) -> _Ranked:
    for path in _PHP_USE.findall(text):
        parts = path.strip("\\").split("\\")
        whole, *shorter = ("/".join(parts[at:]) for at in range(len(parts)))
        # Namespaces begin with the project's name as a rule.
        yield from _guesses((*shorter[:1], whole, *shorter[1:]))
    for path in _PHP_REQUIRE.findall(text):
        yield _OWN, "./" + path


def _ruby(text: str, _name: str) -> _Ranked:
    for relative, path in _RUBY_REQUIRE.findall(text):
        stem = path.removesuffix(".rb")
        yield (_OWN, "./" + stem) if relative else (_BEST, stem)


def _lua(text: str, _name: str) -> _Ranked:
    for path in _LUA_REQUIRE.findall(text):
        yield (_OWN, path) if path.startswith(".") else (_BEST, path.replace(".", "/"))


def _dart(text: str, _name: str) -> _Ranked:
    for path in _DART_IMPORT.findall(text):
        stem = path.removesuffix(".dart")
        if stem.startswith("package:"):
            yield _BEST, stem.partition("/")[2]
        elif ":" not in stem:
            yield _OWN, "./" + stem


_RULES: Mapping[str, ImportRules] = MappingProxyType(
    {
        family("python"): ImportRules(_python, (".py", ".pyi"), ("__init__.py",), ("src", "lib")),
        family("javascript"): ImportRules(
            _script,
            (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".d.ts", ".vue"),
            (
                *("index.ts", "index.tsx", "index.js", "src/index.ts", "src/index.js"),
                *("src/index.tsx", "index.d.ts", "index.jsx", "index.mts", "index.mjs"),
            ),
            ("src", "packages", "libs", "lib"),
        ),
        family("go"): ImportRules(_go, (), whole_directory=True),
        family("rust"): ImportRules(_rust, (".rs",), ("mod.rs",), ("crates", "libs", "packages")),
        family("java"): ImportRules(
            _java,
            (".java", ".kt", ".scala"),
            below=("src/main/java", "src/main/kotlin", "src/main/scala", "src", "java"),
        ),
        family("c"): ImportRules(
            _c,
            (".h", ".hpp", ".hh", ".hxx", ".cuh", ".c", ".cc", ".cpp", ".cxx"),
            below=("include", "src"),
        ),
        family("csharp"): ImportRules(_csharp, (), below=("src",), whole_directory=True),
        family("php"): ImportRules(_php, (".php",), below=("src", "app", "lib")),
        family("ruby"): ImportRules(_ruby, (".rb",), below=("lib", "app")),
        family("lua"): ImportRules(_lua, (".lua",), ("init.lua",), ("lua", "src")),
        family("dart"): ImportRules(_dart, (".dart",), below=("lib",)),
    }
)
