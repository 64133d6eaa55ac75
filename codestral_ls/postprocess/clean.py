"""Takes out what models leak: control tokens, fences and prose, invisible characters."""

from __future__ import annotations

import re

from codestral_ls.postprocess.place import Place, is_prose, place_of
from codestral_ls.postprocess.scene import Dropped, Scene
from codestral_ls.privacy.text import printable
from codestral_ls.text.control_strings import CONTROL_STRINGS
from codestral_ls.text.languages import Block
from codestral_ls.text.scan import scan

# Words between bars are control tokens in every family; the bars of DeepSeek are U+FF5C, its low
# block is U+2581. Operators that look alike have blanks beside them.
_BARRED = r"<[|\uff5c][\w\u2581-]{2,40}[|\uff5c]>|<\[[a-z]+(?:[\u2581-][a-z]+)+\]>"
# These are elements of HTML and of the JSX that looks like it.
_ALSO_TAGS = frozenset({"<s>", "</s>", "<PRE>", "<filename>"})
_TAG_LANGUAGES = frozenset({"javascriptreact", "typescriptreact", "markdown"})
_ANY_TOKEN = re.compile("|".join([_BARRED, *map(re.escape, CONTROL_STRINGS)]))
_REASONING = re.compile(r"\s*<think(?:ing)?>[\s\S]*?(?:</think(?:ing)?>\s*?\n*|\Z)")

_FENCE = re.compile(r"^[ \t]*(?:```|~~~)[^\n`]*$", re.MULTILINE)
# How chat-tuned models begin when they talk instead of completing.
_PROSE = re.compile(
    r"\s*(?:(?:sure|certainly|of course|absolutely)\b[^\n]{0,40}[!,.:]"
    r"|here(?:'s| is| are)\s+(?:the|an?|your|my|some|what|how)\b"
    r"|(?:i'm|i am) (?:sorry|an ai|unable|not able)\b"
    r"|(?:i|we) (?:cannot|can't|apologi[sz]e|will now)\b"
    r"|to complete (?:the|this|your)\b|the (?:completed|missing|following|above) code\b"
    r"|(?:this|the) (?:[a-z]+ )?(?:code|function|method|class|snippet|completion|program|script) "
    r"(?:above |below |snippet )?(?:is|will|does|has|[a-z]+es|[a-z]+[^s\W]s)\b"
    r"|let me (?:know|explain|complete)\b|(?:note|explanation):?\s+(?:that|the|this|i)\b)",
    re.IGNORECASE,
)
# Five words or more and a full stop are no code in any language.
_SENTENCE = re.compile(r"[ \t]*[A-Z][a-z']*,?(?: [A-Za-z'-]+,?){4,}[.:?!][ \t]*$", re.MULTILINE)
# Behind what ends code.
_REMARK = re.compile(
    r"(?<=[\w)\]};\"'])(?:[ \t]{2,}[A-Z][a-z']*,?(?: [A-Za-z'-]+,?){2,}"
    r"|[ \t][A-Z][a-z']+(?: [a-z'-]+,?){4,})[.!?][ \t]*$",
    re.MULTILINE,
)
# Where sentences belong, only one that speaks to the user about the answer does not.
_CHAT = re.compile(
    r"\s*(?:sure|certainly|of course|absolutely)[!,.][^\n]*"
    r"\b(?:code|completion|completed|snippet)\b",
    re.IGNORECASE,
)


def keep_printable(text: str, scene: Scene) -> str | Dropped:
    """Take out carriage returns, control characters, overrides of direction and broken ones."""
    text = printable(text)
    # Half a character, where a stream was cut within it.
    if "\ufffd" in text and "\ufffd" not in scene.snapshot.before:
        text = text.replace("\ufffd", "")
    return text


def strip_leading_tokens(text: str, scene: Scene) -> str | Dropped:
    """Take out control tokens that the text begins with; the answer follows them."""
    reasoning = _REASONING.match(text)
    if reasoning is not None and "<think" not in scene.snapshot.before:
        text = text[reasoning.end() :].lstrip("\n")
    while (found := _token(text, scene)) is not None and not text[: found.start()].strip():
        text = text[found.end() :]
    return text


def control_token_start(text: str, scene: Scene) -> int:
    """Where the first control token stands: what follows belongs to another text."""
    found = _token(text, scene)
    return found.start() if found is not None else len(text)


def _token(text: str, scene: Scene) -> re.Match[str] | None:
    place = place_of(scene)
    snapshot = scene.snapshot
    tags = place.language.block is Block.TAGS or snapshot.language_id in _TAG_LANGUAGES
    for found in _ANY_TOKEN.finditer(text):
        # A document about models has such strings as its own content.
        known = found[0] in snapshot.before or found[0] in snapshot.after
        if not known and not (tags and found[0] in _ALSO_TAGS) and not _is_quoted(found, text):
            return found
    return None


def _is_quoted(token: re.Match[str], text: str) -> bool:
    """The token is all of a string: a program writes that, and no model means it."""
    before, after = text[: token.start()][-1:], text[token.end() :][:1]
    return before == after and before in ("'", '"')


def unwrap_fence(text: str, scene: Scene) -> str | Dropped:
    """Keep the code of a fenced answer, without the fence and the prose before it."""
    place = place_of(scene)
    if not _is_code(place):
        return text
    fence = _FENCE.search(text)
    if fence is None:
        return text
    lead = text[: fence.start()]
    if lead.strip() and _PROSE.match(lead) is None:
        return text
    code = text[fence.end() + 1 :]
    closing = _FENCE.search(code)
    code = code[: closing.start()].removesuffix("\n") if closing else code
    echoes = code.startswith(place.line_before.lstrip())
    if place.pair in (")", "]") and "\n" in code and not echoes:
        return Dropped("The model answered with a whole program where an expression belongs.")
    return code


def drop_prose(text: str, scene: Scene) -> str | Dropped:
    """Drop an answer that talks about the code."""
    place = place_of(scene)
    talks = _CHAT if _has_sentences(place) else _PROSE
    words_are_arguments = place.language.words and not place.on_blank_line
    is_sentence = not _has_sentences(place) and _SENTENCE.match(text)
    quoted = place.line_before[-1:] in ("'", '"') and place.tail[:1] == place.line_before[-1:]
    if (
        place.inside is None
        and not quoted
        and not words_are_arguments
        and (talks.match(text) or is_sentence)
    ):
        return Dropped("The model answered with prose instead of code.")
    return text


def fence_start(text: str, scene: Scene) -> int:
    """Where a fence begins that is no part of the language: the talk after the code."""
    place = place_of(scene)
    if not _is_code(place):
        return len(text)
    fence = _FENCE.search(text)
    return fence.start() if fence is not None else len(text)


def prose_start(text: str, scene: Scene) -> int:
    """Where, after the first line, the model begins to talk about what it wrote."""
    place = place_of(scene)
    if not _is_code(place):
        return len(text)
    line = text.find("\n")
    while line >= 0:
        told = text[: line + 1]
        if scene.growing and "\n" not in text[line + 1 :]:
            # Half a line of code may read like a sentence.
            return len(text)
        if _talks(text[line + 1 :], place) and scan(told, place.language).inside is None:
            return line
        line = text.find("\n", line + 1)
    return len(text)


def remark_start(text: str, scene: Scene) -> int:
    """Where, behind code in the same line, the model begins to talk about it."""
    place = place_of(scene)
    if not _is_code(place) or _has_sentences(place) or place.language.words:
        return len(text)
    for found in _REMARK.finditer(text):
        told = text[: found.start()]
        if told.strip() and scan(told, place.language, 0, place.stack).inside is None:
            return found.start()
    return len(text)


def _talks(text: str, place: Place) -> bool:
    if _has_sentences(place):
        return _CHAT.match(text.lstrip("\n")[:120]) is not None
    return _PROSE.match(text.lstrip("\n")[:120]) is not None or _SENTENCE.match(text) is not None


def _has_sentences(place: Place) -> bool:
    """Sentences are content: in text for people, between tags, in values without quotes."""
    language = place.language
    return language.prose or language.data or place.in_text or language.block is Block.TAGS


def _is_code(place: Place) -> bool:
    # In strings and comments fences and sentences are content, as they are in Markdown.
    return place.inside is None and not is_prose(place.language)
