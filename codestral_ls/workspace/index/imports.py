"""What a file imports, as paths to look for, read from its text alone. Pure.

A target is a path without its ending. ``./`` and ``../`` are meant from the file's own directory;
everything else may lie under any directory above it. Nothing here says whether a target exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from posixpath import basename
from types import MappingProxyType

from codestral_ls.workspace.index.grammars import family

_WITHIN = 20_000
"""Characters at a document's start that are searched."""
_MOST_TARGETS = 120
_MOST_SPECIFIC = 300  # characters of one import


@dataclass(frozen=True, slots=True)
class ImportRules:
    """How a language's imports name files."""

    targets: Callable[[str, str], Iterator[str]]
    """Of a text and its file's name."""
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
    """What a file of this name imports, each target once, in order; some where there are many."""
    found = rules.targets(text[:_WITHIN], name)
    usable = (each for each in found if 0 < len(each) <= _MOST_SPECIFIC)
    return tuple(islice(dict.fromkeys(usable), _MOST_TARGETS))


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
_ALIAS_SIGNS = ("@", "~", "$", "#")
_RUST_PLACE = re.compile(r'^[ \t]*#\[path[ \t]*=[ \t]*"([^"\n]{1,300})\.rs"\]', re.MULTILINE)
_RUST_USE = re.compile(r"^[ \t]*(?:pub(?:\([^)\n]*\))?\s+)?use\s+([^;]{1,1500});", re.MULTILINE)
_RUST_MOD = re.compile(r"^[ \t]*(?:pub(?:\([^)\n]*\))?\s+)?mod\s+(\w+)\s*;", re.MULTILINE)
_JAVA_IMPORT = re.compile(r"^[ \t]*import\s+(static\s+)?([\w.]{1,300})(\.[*_]|\.\{)?", re.MULTILINE)
_INCLUDE = re.compile(
    r'^[ \t]*#[ \t]*(?:include|import)[ \t]*["<]([^">\n]{1,300})[">]', re.MULTILINE
)
_USING = re.compile(r"^[ \t]*using\s+(?:static\s+)?([\w.]{1,300})\s*;", re.MULTILINE)
_PHP_USE = re.compile(r"^[ \t]*use\s+(?:function\s+|const\s+)?\\?([\w\\]{1,300})", re.MULTILINE)
_PHP_REQUIRE = re.compile(
    r"\b(?:require|include)(?:_once)?\b[^;'\"\n]{0,80}['\"]/?([^'\"\n]{1,300})\.php['\"]"
)
_RUBY_REQUIRE = re.compile(r"^[ \t]*require(_relative)?[ \t(]+['\"]([^'\"\n]{1,300})", re.MULTILINE)
_LUA_REQUIRE = re.compile(r"\brequire\b\s*\(?\s*['\"]([\w./-]{1,300})['\"]")
_DART_IMPORT = re.compile(r"^[ \t]*(?:import|export|part)\s+['\"]([^'\"\n]{1,300})", re.MULTILINE)


def _python(text: str, _name: str) -> Iterator[str]:
    for dots, module, names in _PYTHON_FROM.findall(text):
        start = ("./" if len(dots) == 1 else "../" * (len(dots) - 1)) if dots else ""
        path = start + module.replace(".", "/")
        for part in re.findall(r"(\w+)(?:[ \t]+as[ \t]+\w+)?", names):
            yield f"{path.rstrip('/')}/{part}" if path else part
        yield path.rstrip("/") or "."
    for modules in _PYTHON_IMPORT.findall(text):
        for module in modules.split(","):
            if path := module.partition(" as ")[0].strip().replace(".", "/"):
                yield path


def _script(text: str, _name: str) -> Iterator[str]:
    for _, module in _QUOTED_MODULE.findall(text):
        path = _SCRIPT_ENDING.sub("", module)
        if path.startswith((".", "@/", "~/", "#/")):
            yield path if path.startswith(".") else path[2:]
            continue
        yield path
        scope, _, rest = path.partition("/")
        if not rest or scope[:1] not in _ALIAS_SIGNS:
            continue
        # An alias of a directory has its name as a rule, behind a sign …
        yield path[1:]
        if scope.startswith("@"):
            # … and in a repository of several packages their directories have their names.
            package, _, inside = rest.partition("/")
            yield rest
            yield f"{package}/src/{inside}" if inside else f"{scope[1:]}-{package}"


def _go(text: str, _name: str) -> Iterator[str]:
    for block, single in _GO_BLOCK.findall(text):
        for quoted, raw in _GO_PATH.findall(block or single):
            path = quoted or raw
            parts = path.split("/")
            yield path
            if parts[0] not in _GO_LIBRARY:
                # The repository's own module has its path before its directories.
                yield from ("/".join(parts[at:]) for at in range(1, len(parts)))


def _rust(text: str, name: str) -> Iterator[str]:
    is_index = basename(name) in {"mod.rs", "lib.rs", "main.rs"}
    here = "./" if is_index else f"./{basename(name).removesuffix('.rs')}/"
    for path in _RUST_PLACE.findall(text):
        yield f"./{path}"
    for module in _RUST_MOD.findall(text):
        yield here + module
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
                crate = "" if head == "crate" else head.replace("_", "-") + "/"
                yield from (f"{crate}src/{stem}" for stem in (*_lengths(rest), "lib"))
                if head != "crate":
                    yield from _lengths([head, *rest])
                    yield from (f"{head}/src/{stem}" for stem in (*_lengths(rest), "lib"))
                    # The directory may lack what all crates of a project begin with.
                    _, _, own = crate.partition("-")
                    if own:
                        yield from (f"{own}src/{stem}" for stem in (*_lengths(rest), "lib"))
                else:
                    yield from _lengths(rest)
                continue
            yield from (start + stem for stem in _lengths(rest))


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


def _java(text: str, _name: str) -> Iterator[str]:
    for _, path, _ in _JAVA_IMPORT.findall(text):
        # A static import, or one of an inner class, has further names behind the file's.
        yield from islice(_lengths(path.strip(".").split(".")), 2)


def _c(text: str, name: str) -> Iterator[str]:
    yield "./" + basename(name).partition(".")[0]
    for path in _INCLUDE.findall(text):
        stem, dot, _ending = path.rpartition(".")
        for start in ("./", ""):
            yield start + (stem if dot else path)


def _csharp(text: str, _name: str) -> Iterator[str]:
    for path in _USING.findall(text):
        parts = path.split(".")
        yield path
        yield from ("/".join(parts[at:]) for at in range(len(parts)))


def _php(text: str, _name: str) -> Iterator[str]:
    for path in _PHP_USE.findall(text):
        parts = path.strip("\\").split("\\")
        yield from ("/".join(parts[at:]) for at in range(len(parts)))
    for path in _PHP_REQUIRE.findall(text):
        yield "./" + path


def _ruby(text: str, _name: str) -> Iterator[str]:
    for relative, path in _RUBY_REQUIRE.findall(text):
        yield ("./" if relative else "") + path.removesuffix(".rb")


def _lua(text: str, _name: str) -> Iterator[str]:
    for path in _LUA_REQUIRE.findall(text):
        yield path if path.startswith(".") else path.replace(".", "/")


def _dart(text: str, _name: str) -> Iterator[str]:
    for path in _DART_IMPORT.findall(text):
        stem = path.removesuffix(".dart")
        if stem.startswith("package:"):
            yield stem.partition("/")[2]
        elif ":" not in stem:
            yield "./" + stem


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
