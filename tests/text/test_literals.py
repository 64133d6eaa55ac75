"""Brackets and quotes in strings, characters, patterns and the code that strings hold."""

from __future__ import annotations

import pytest

from codestral_ls.text.languages import facts
from codestral_ls.text.scan import PAIRS, scan

# Each is whole: what it opens it closes.
WHOLE = [
    ("ada", "F (')', \"a)\", Integer'Image (1));"),
    ("awk", 'f("a)", /[)]/)'),
    ("clojure", '(f \\) "a)" #"\\)")'),
    ("cmake", 'set(a "b)" [[c)]] [=[d)]=]) #[==[ ( ]] ]==]'),
    ("cpp", 'f(R"x(a) b)x", u8"a)", L\')\', 1\'000)'),
    ("csharp", 'f($"{a["x)"]} {{(", $@"{a["x)"]} ""(""\\", @"a)""b")'),
    ("csharp", 'f($"""{a["x)"]} b""", """a)""")'),
    ("d", 'f(`a)`, r"a)\\", q{a) { }})'),
    ("dart", "f('${a['x)']} b', \"${a[\"x)\"]}\", '''${a['x)']}''', r'\\)')"),
    ("elixir", 'f("#{a["x)"]} b", ~s(a), ?))'),
    ("emacs-lisp", '(f ?\\) ")" ?a)'),
    ("erlang", 'f("a)", $), <<"x)">>, $\\))'),
    ("fsharp", 'f($"{a "x)"} {{(", ")")'),
    ("go", "f(\")\", `)`, ')')"),
    ("groovy", 'f("${a["x)"]} b", """${a["x)"]} b""", \'\'\')\'\'\')'),
    ("haskell", "f (\")\" ++ [')'])"),
    ("java", 'f("a)", \')\', """\n a)\n""")'),
    ("javascript", 'f(`${a["x)"]} b`, /[)"]/, x / y, z / (w))'),
    ("julia", 'f("$(a["x)"]) b")'),
    ("kotlin", 'f("${a["x)"]} b", """${a["x)"]} b""", \')\')'),
    ("lua", 'f("a)", [==[ ) ]==]) --[==[ ( ]] ]==]'),
    ("nix", "f (\"${a.\"x)\"} b\" + ''a)'')"),
    ("objective-c", 'f(@"a)", \')\', @[@")"])'),
    ("ocaml", "f (\"a)\") ')' {|a)|}"),
    ("perl", "f(qw(a (b)), q{)}, m/\\)/, s/\\)/)/g, tr/)/(/, y|)|(|)"),
    ("php", 'f("{$a["x)"]} b", "${a["x)"]}", \')\', <<<\'T\'\n{$a)\nT, <<<T\n{$a[")"]}\nT);'),
    ("powershell", 'f "$(a "x)")" (1) \'a)\''),
    ("prolog", "f(')', \"a)\", 0'))."),
    ("python", 'f(f"{a["x)"]}", rf"{a}\\)", f"{{(", f"{{{a}}}", Rb")")'),
    ("r", "f('a)', `b)`)"),
    ("ruby", 'f("#{a["x)"]} b", %Q{#{a["x)"]} (}, %w[a) [b]], ?), :"a)", /[)]/)'),
    ("rust", 'f(b"a)", b\')\', c"x)", r#"a)"#)'),
    ("scala", 'f(s"${a("x)")} b", s"""${a("x)")} b""", \')\')'),
    ("scheme", '(f #\\) ")")'),
    ("scss", 'f("a)", "#{g(")")}")'),
    ("shellscript", 'f=$(echo "${x:-"a)"}" "$(g ")")" \')\' "${x#)}" "${y:-don\'t}")'),
    ("sql", "f(E'a\\')', 'b)', N'c)', q'[d)]', $$e)$$)"),
    ("swift", 'f("\\(a["x)"] ?? "") b", #"a)"#, "a\\")")'),
    ("swift", 'f("""\n\\(a["x)"] ?? "") b\n""")'),
    ("systemverilog", 'f(8\'hFF, "a)")'),
    ("terraform", 'f("${a["x)"]} b", "%{ if a == "x)" }b%{ endif }")'),
    ("toml", 'a = ["x)", \'y]\', """z]"""]'),
    ("typescript", "f(/[)]/, `)`, a as string)"),
    ("vb", 'f($"{a("x)")} ""(", "b)")'),
    ("vhdl", "f (')', \"a)\", a'event)"),
    ("zig", "f(\"a)\", ')')"),
]


@pytest.mark.parametrize(("language", "text"), WHOLE, ids=[language for language, _ in WHOLE])
def test_a_bracket_within_a_literal_is_none(language: str, text: str) -> None:
    found = scan(text + "\n", facts(language))
    assert not found.stack
    depth = 0
    for bracket in found.brackets:
        depth += 1 if bracket.character in PAIRS else -1
        assert depth >= 0, f"{bracket} closes nothing"


@pytest.mark.parametrize(("language", "text"), WHOLE, ids=[language for language, _ in WHOLE])
def test_every_beginning_of_a_text_can_be_read_on(language: str, text: str) -> None:
    for at, character in enumerate(text):
        begun = scan(text[:at], facts(language))
        if begun.inside is None and (at == 0 or text[at - 1] == " "):
            assert not scan(
                character + text[at + 1 :] + "\n", facts(language), 0, begun.stack
            ).stack
