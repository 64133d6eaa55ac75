"""A refusal is told by who refuses, and no message shows a page's markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codestral_ls.backends import table
from codestral_ls.backends.base import AccessBlocked, BackendError
from codestral_ls.backends.http.pages import page_in, without_markup
from codestral_ls.backends.options import BackendOptions
from codestral_ls.commands.doctor.samples import prompt_of
from codestral_ls.privacy.text import SHOWN_CHARS
from tests.backends.http.refusal_cases import REFUSAL_CASES, RefusalCase
from tests.faults.server import FaultServer, Misdeed, Then


@pytest.mark.parametrize("case", REFUSAL_CASES, ids=lambda case: case.name)
async def test_a_refusal_is_told_by_who_refuses(case: RefusalCase) -> None:
    async with FaultServer(Misdeed(says=case.wire, then=Then.KEEP)) as server:
        backend = table.create(
            case.provider,
            BackendOptions(
                base_url=f"http://127.0.0.1:{server.port}",
                api_key="key-of-no-value" if case.has_key else "",
                model="codestral-latest",
            ),
        )
        stream = backend.stream(prompt_of("python", max_tokens=8))
        with pytest.raises(BackendError) as caught:
            await anext(stream)
        await backend.aclose()
    told = str(caught.value)
    assert type(caught.value) is case.kind, told
    for words in case.says:
        assert words in told
    assert "<" not in told
    assert "\n" not in told
    assert len(told) <= SHOWN_CHARS
    assert told.endswith((".", "!", "?", "…"))


FOUND_OUT = [
    case
    for case in REFUSAL_CASES
    if case.kind is AccessBlocked and case.provider == "mistral" and case.has_key
]


@pytest.mark.parametrize("case", FOUND_OUT, ids=lambda case: case.name)
async def test_it_is_told_too_where_the_server_is_still_to_be_found_out(case: RefusalCase) -> None:
    async with FaultServer(Misdeed(says=case.wire, then=Then.KEEP)) as server:
        backend = table.create("auto", BackendOptions(base_url=f"http://127.0.0.1:{server.port}"))
        with pytest.raises(AccessBlocked) as caught:
            await anext(backend.stream(prompt_of("python", max_tokens=8)))
        await backend.aclose()
    for words in case.says:
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("<html><title> A &amp; B\n C </title>", "A & B C"),
        ("<title></title><h1>Head</h1>", "Head"),
        ("<html><body>nothing", ""),
        ("\ufeff \n<!-- x --><HTML><HEAD><TITLE>T", "T"),
        ("<title>&lt;script&gt;x&lt;/script&gt;</title>", "x"),
        ("Bad: <html><head><title>T</title>", "T"),
        ("<center>x</center>", ""),
    ],
)
def test_of_a_page_its_title_is_told(text: str, title: str) -> None:
    page = page_in(text)
    assert page is not None
    assert page.title == title
    assert without_markup(text) == title


@pytest.mark.parametrize(
    "text", ["", "plain", "a < b and c > d", "token <PRE> is unknown", "use List<int>", "{}"]
)
def test_a_sentence_is_no_page(text: str) -> None:
    assert page_in(text) is None
    assert without_markup(text) == text


@given(st.text())
def test_no_text_makes_the_reader_fail(text: str) -> None:
    page_in("<html><title>" + text, "text/html")
    without_markup(text)
