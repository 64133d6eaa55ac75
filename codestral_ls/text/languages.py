"""Facts about languages, by LSP language id: a table, to which a language is added as a row.

What a row does not say falls back to what most languages share. A language without a row is read
carefully: no bracket, quote or comment mark is taken for one. Grammars are named in the rows and
loaded in ``syntax``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType

from codestral_ls.text.language import CONTAINERS, CONTINUATIONS, Block, Language
from codestral_ls.text.rows_classic import CLASSIC
from codestral_ls.text.rows_code import BRACES
from codestral_ls.text.rows_indented import INDENTED
from codestral_ls.text.rows_more import MORE
from codestral_ls.text.rows_text import TEXTS
from codestral_ls.text.rows_words import WORDS

__all__ = ["ALIASES", "LANGUAGES", "UNKNOWN", "Block", "Language", "facts", "language_of"]

LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {**INDENTED, **BRACES, **WORDS, **CLASSIC, **TEXTS, **MORE}
)

ALIASES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("bash", "sh", "zsh", "ksh"), "shellscript"),
        "cs": "csharp",
        "c++": "cpp",
        "cuda": "cuda-cpp",
        "objc": "objective-c",
        "objcpp": "objective-cpp",
        **dict.fromkeys(("jsx", "javascript.jsx"), "javascriptreact"),
        **dict.fromkeys(("tsx", "typescript.tsx"), "typescriptreact"),
        "js": "javascript",
        "ts": "typescript",
        "golang": "go",
        "htm": "html",
        **dict.fromkeys(("python3", "cython", "pyrex"), "python"),
        **dict.fromkeys(("bazel", "bzl"), "starlark"),
        "gdscript3": "gdscript",
        **dict.fromkeys(("proto3", "protobuf"), "proto"),
        **dict.fromkeys(("hcl", "tf", "terraform-vars", "opentofu"), "terraform"),
        **dict.fromkeys(("elisp", "emacs_lisp"), "emacs-lisp"),
        **dict.fromkeys(("commonlisp", "common-lisp"), "lisp"),
        "racket": "scheme",
        **dict.fromkeys(("tex", "plaintex", "context", "doctex"), "latex"),
        "rst": "restructuredtext",
        **dict.fromkeys(("text", "txt", "help", "mail"), "plaintext"),
        **dict.fromkeys(("gitcommit", "git-rebase", "jj-description", "hgcommit"), "git-commit"),
        "asciidoctor": "asciidoc",
        "norg": "org",
        **dict.fromkeys(("dosini", "conf", "cfg", "systemd", "editorconfig", "gitconfig"), "ini"),
        "jproperties": "properties",
        **dict.fromkeys(("tsv", "psv"), "csv"),
        "patch": "diff",
        **dict.fromkeys(("cucumber", "gherkin"), "feature"),
        "robot": "robotframework",
        **dict.fromkeys(
            ("ansible", "dockercompose", "docker-compose", "github-actions-workflow", "helm",
             "azure-pipelines", "yaml.ansible", "yaml.docker-compose", "yaml.github", "openapi"),
            "yaml",
        ),
        **dict.fromkeys(("snippets", "json.jsonc"), "jsonc"),
        **dict.fromkeys(("make", "gnumakefile"), "makefile"),
        **dict.fromkeys(("containerfile", "docker"), "dockerfile"),
        **dict.fromkeys(("batch", "dosbatch"), "bat"),
        **dict.fromkeys(("ps1", "pwsh"), "powershell"),
        **dict.fromkeys(("viml", "vimscript"), "vim"),
        **dict.fromkeys(("fortran", "fortran_free-form", "fortran-free-form"), "fortran-modern"),
        **dict.fromkeys(("visualbasic", "vbnet", "vbscript", "basic", "vba"), "vb"),
        **dict.fromkeys(("objectpascal", "delphi"), "pascal"),
        **dict.fromkeys(("lhaskell", "literate haskell", "idris", "idris2", "agda"), "haskell"),
        **dict.fromkeys(("reason", "ocaml.interface"), "ocaml"),
        **dict.fromkeys(
            ("mysql", "pgsql", "postgres", "tsql", "sqlite", "jinja-sql", "bigquery", "snowflake"),
            "sql",
        ),
        **dict.fromkeys(("html.erb", "eruby", "html.eex"), "erb"),
        **dict.fromkeys(
            ("htmldjango", "jinja", "jinja2", "nunjucks", "twig", "heex", "phoenix-heex"),
            "jinja-html",
        ),
        **dict.fromkeys(("htmlangular", "angular"), "html"),
        **dict.fromkeys(("gohtmltmpl", "gotexttmpl", "go-template", "gohtml"), "gotmpl"),
        **dict.fromkeys(("mustache", "html.handlebars", "glimmer"), "handlebars"),
        "pug": "jade",
        **dict.fromkeys(("aspnetcorerazor", "cshtml"), "razor"),
        "rmarkdown": "rmd",
        **dict.fromkeys(("xsl", "xsd", "svg", "plist", "msbuild", "ant"), "xml"),
        **dict.fromkeys(("gradle", "jenkinsfile"), "groovy"),
        "vlang": "v",
        **dict.fromkeys(("dtsi", "devicetree"), "dts"),
        "scad": "openscad",
        "nu": "nushell",
        **dict.fromkeys(("perl6", "raku.pm"), "raku"),
        **dict.fromkeys(("nasm", "gas", "masm", "fasm", "asm-intel-x86-generic"), "asm"),
        **dict.fromkeys(("apache", "htaccess"), "apacheconf"),
        **dict.fromkeys(("gettext", "pot"), "po"),
        "lalrpop": "rust",
        **dict.fromkeys(("webassembly", "wast"), "wat"),
    }
)  # fmt: skip
"""What editors say instead of the names in the LSP specification."""

UNKNOWN = Language(
    line_comments=(),
    block_comments=(),
    quotes=(),
    brackets="",
    opener=r"[{(\[:]$|=>$|->$|\b(?:then|do|begin)$",
    ends=("end",),
    continuations=CONTINUATIONS,
    containers=CONTAINERS,
)


def facts(language_id: str) -> Language:
    """The row of a language; for one without a row, what is safe to assume of any."""
    name = language_id.lower()
    return LANGUAGES.get(ALIASES.get(name, name), UNKNOWN)


def language_of(name: str) -> str:
    """The language id that an editor would give a file of this name."""
    by_name = _by_file_name()
    dot = name.rfind(".")
    return by_name.get(name) or by_name.get(name[dot:].lower() if dot >= 0 else "") or "plaintext"


@functools.cache
def _by_file_name() -> Mapping[str, str]:
    return {file: language_id for language_id, row in LANGUAGES.items() for file in row.files}


@functools.cache
def opener_pattern(language: Language) -> re.Pattern[str]:
    """``language.opener``, compiled."""
    return re.compile(language.opener)
