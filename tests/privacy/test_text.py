"""What comes back from models and servers is text and nothing more."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.privacy.text import MESSAGE_CHARS, name, one_line, printable, said, shown

ESC = "\x1b"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(f"{ESC}[31mred{ESC}[0m", "red", id="colours"),
        pytest.param(f"a{ESC}[2Jb{ESC}[1;1Hc{ESC}[?25ld", "abcd", id="cursor and screen"),
        pytest.param(f"{ESC}]0;title\aok", "ok", id="window title"),
        pytest.param(
            f"{ESC}]8;;https://evil.example{ESC}\\docs{ESC}]8;;{ESC}\\", "docs", id="hyperlink"
        ),
        pytest.param(f"{ESC}]8;id=1;file:///x\adocs{ESC}]8;;\a", "docs", id="hyperlink by bell"),
        pytest.param(f"{ESC}]52;c;cm0gLXJm\ax", "x", id="clipboard write"),
        pytest.param(f"{ESC}P+q544e{ESC}\\x", "x", id="device control string"),
        pytest.param(f"{ESC}_G f=100;AAAA{ESC}\\x", "x", id="terminal graphics"),
        pytest.param("\x9b31mred\x9d0;title\x9cok", "redok", id="8-bit introducers"),
        pytest.param(f"a{ESC}]0;never ends\nb", "a\nb", id="string without an end"),
        pytest.param(f"a{ESC}(0b{ESC}cd", "abd", id="character set and reset"),
        pytest.param(f"a{ESC}", "a", id="escape at the end"),
        pytest.param("a\bb\x00c\x7fd\x0ce\vf", "abcdef", id="control characters"),
        pytest.param("a\r\nb\rc\n\td", "a\nb\nc\n\td", id="line ends"),
        pytest.param("if\u202e user\u2066 admin\u2069\u202c:", "if user admin:", id="bidi"),
        pytest.param("\ufeffimport os", "import os", id="byte order mark"),
        pytest.param("pass\u200bword = is\u200dAdmin\u200c", "password = isAdmin", id="zero width"),
        pytest.param("x\u2060\u00ad\u3164\uffa0y", "xy", id="fillers"),
        pytest.param("ok" + "".join(chr(0xE0000 + ord(c)) for c in "secret"), "ok", id="tags"),
        pytest.param("a\ufe0f\ufe01\U000e0101\U000e0155b", "a\ufe0fb", id="piled-up selectors"),
        pytest.param("a\ud83db\udc00", "ab", id="lone surrogates"),
        pytest.param("a\u2028b\u2029c", "abc", id="Unicode line separators"),
        pytest.param("sk\U0001d173-1", "sk-1", id="beams of music that are not shown"),
    ],
)
def test_what_acts_instead_of_being_read_is_taken_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "def f(a):\n\treturn a[0] | ~b  # 100 %\n",
        "s = 'ÄÖÜ é ñ ø ł ğ'",
        "имя = 'Привет'",
        "όνομα = 'Γειά'",
        "名前 = '日本語、テスト'; 변수 = '한글'",
        "葛\U000e0100城",
        "# می\u200cخواهم",
        "# שלום\u200f!",
        "# क्\u200dष और श्री",
        "# ภาษา\u200bไทย",
        "# ខ្មែរ\u200bភាសា",
        "icons = '👩\u200d💻 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3 🇫🇷 👍🏽'",
        "flag = '🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f'",
        "nerd = '\ue0b0'  # a\u00a0b\u3000c",
        "e\u0301 = math.sqrt(x²) ≠ ∞",
    ],
)
def test_code_in_every_script_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


ORDINARY = st.text(
    st.characters(
        exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"],
        exclude_characters="\u3164\uffa0\u2065"
        + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0000, 0xE01F0)])),
        include_characters="\n\t",
    )
)


@given(ORDINARY)
def test_letters_marks_digits_signs_and_spaces_are_never_touched(text: str) -> None:
    assert printable(text) == text


PIECES = [ESC, "[", "]", "8;;", "\a", "\\", "\x9b", "\x9d", "31m", "\r", "\n", "a", "P", "(", "ا"]
INVISIBLE = "\u202e\u200b\u200d\ufe00\ufe0f🏴\U000e0067\U000e007f\ud83d"
HOSTILE = st.text() | st.lists(st.sampled_from([*PIECES, *INVISIBLE])).map("".join)


@given(HOSTILE)
def test_nothing_that_acts_is_left_and_a_second_time_changes_nothing(text: str) -> None:
    shown = printable(text)
    assert printable(shown) == shown
    assert not any(
        unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t"
        for character in shown
    )
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff") & set(shown)
    shown.encode("utf-8")


@given(HOSTILE, st.integers(-1, 40))
def test_a_message_fits_one_line_of_the_given_length(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= max(limit, 0)
    assert "\n" not in line
    assert one_line(line, limit) == line


def test_a_long_message_is_cut_with_an_ellipsis() -> None:
    assert one_line("  one\r\n\ttwo   three ", 40) == "one two three"
    assert one_line("one two three", 9) == "one two…"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07x\x1b]8;;http://a\x1b\\y", "red xy"),
        ("two\r\nlines\tand\x00\x08more\x7f\x9b", "two lines andmore"),
        ("\u202egnp.exe\u2066 a\u200bb", "gnp.exe ab"),
        ("x" * 500, "x" * 199 + "…"),
        ("your key sk-1234 is bad", "your key [hidden] is bad"),
        ("sk-\u200b1234", "[hidden]"),
    ],
)
def test_a_servers_message_is_cleaned_and_shows_no_key(said: str, told: str) -> None:
    assert one_line(said, hidden=["sk-1234", ""]) == told


@given(st.text())
def test_no_message_is_long_or_has_controls(said: str) -> None:
    told = one_line(said)
    assert len(told) <= MESSAGE_CHARS
    assert all(c.isprintable() or c == " " for c in told if ord(c) < 0x2FF)


LINKS = [
    "[Repair](command:workbench.action.openSettings)",
    "[a](https://evil.example)",
    "[a]\u200b(command:x)",
    "[a]\x1b[0m(command:x)",
    "[a]\n(command:x)",
    "[a]](command:x)",
    '<a href="https://evil.example">docs</a>',
    "<img src=x onerror=y>",
]


@pytest.mark.parametrize("text", LINKS)
def test_no_message_holds_a_link_or_an_element(text: str) -> None:
    for told in (shown(text), said(text), one_line(text), name(text)):
        assert "](" not in told
        assert not re.search(r"<[a-zA-Z/!?]", told)
        assert shown(told) == told


@given(HOSTILE | st.lists(st.sampled_from([*"[]()<>:/ab ", *PIECES, *INVISIBLE])).map("".join))
def test_the_gate_holds_whatever_is_quoted(text: str) -> None:
    for told, limit in ((shown(text), 300), (said(text), 200), (name(text), 100)):
        assert len(told) <= limit
        assert "](" not in told
        assert "\n" not in told
        assert printable(told) == told
        assert shown(told) == told


def test_an_address_in_a_servers_sentence_is_no_link_of_a_terminal() -> None:
    assert said("See https://evil.example/x.") == "See https: //evil.example/x."
    assert said("key sk-1 at https://a", hidden=["sk-1"]) == "key [hidden] at https: //a"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("/home/jürgen/My Projects/a-b_c.toml", "/home/jürgen/My Projects/a-b_c.toml"),
        ("codestral-latest", "codestral-latest"),
        ("qwen2.5-coder:7b@q4+x~1", "qwen2.5-coder:7b@q4+x~1"),
        ("C:\\work\\a.toml", "C:/work/a.toml"),
        ("[x](command:y)", "?x??command:y?"),
        ("/w/\x1b]0;t\x07a`$(b)", "/w/a???b?"),
        ("/" + "d" * 200 + "/.codestral.toml", "…" + "d" * 83 + "/.codestral.toml"),
    ],
)
def test_a_name_is_shown_in_the_letters_of_names(text: str, told: str) -> None:
    assert name(text) == told
