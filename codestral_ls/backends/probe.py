"""What answers at an address, and how its model reads a prompt: asked once, not guessed.

A server that takes Codestral's markers for text answers as if nothing were wrong, and completes
nonsense. So markers are sent as text only where the server's tokenizer was seen to parse them: it
is asked (``/tokenize``), or the tokens of a prompt of markers alone are counted. Where it does not
parse them, the prompt goes as token ids; where that is not possible either, nothing is sent.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from codestral_ls.backends.answer import JSON_TYPE
from codestral_ls.backends.base import ProtocolViolation
from codestral_ls.backends.refusals import clean, error_text, status_error
from codestral_ls.templates import Marker, Template, parts, render

if TYPE_CHECKING:
    from codestral_ls.backends.http import HttpClient


class Way(enum.Enum):
    """How a prompt travels."""

    SUFFIX = "suffix"
    """Prefix and suffix in fields of their own; the server lays them out."""
    INFILL = "infill"
    """The same, by llama.cpp's own route."""
    STRING = "string"
    """Laid out by us, the markers as text that the server parses."""
    IDS = "ids"
    """Laid out by us, as token ids."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a server and the model it serves."""

    model: str
    way: Way
    context_tokens: int | None = None
    template: Template | None = None
    """None where the server lays out."""
    ids: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Of the template's markers, and of those stops that are one token; empty if unknown."""
    begin: tuple[int, ...] = ()
    """What the tokenizer puts before a prompt: begin-of-text, or nothing."""
    tells_usage: bool = True
    """The server knows ``stream_options``."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer read as a whole."""

    status: int
    body: Any
    """JSON, or text, or None."""
    headers: Mapping[str, str]


async def ask(
    client: HttpClient, method: str, path: str, body: Mapping[str, Any] | None = None
) -> Reply:
    """Ask for anything but a completion. Raises BackendError where nothing answers."""
    async with client.request(method, path, body=body, accept=JSON_TYPE) as answer:
        if answer.status != 200:
            return Reply(answer.status, await answer.error_body(), answer.headers)
        try:
            return Reply(200, await answer.json(), answer.headers)
        except ProtocolViolation:
            return Reply(200, None, answer.headers)


_FIM_PATH = "/v1/fim/completions"
_TRIED = "/v1/models, /v1/fim/completions, /version, /props, /api/version, /info, /v1/completions"


async def identify(client: HttpClient) -> str:
    """The row of the table of backends that what answers belongs to.

    Raises ProtocolViolation if it is none of them, and what else keeps it from telling.
    """
    models = await ask(client, "GET", "/v1/models")
    named = _by_models(models)
    if named is not None:
        return named
    fim = await ask(client, "POST", _FIM_PATH, {})
    if _knows_route(fim):
        return "mistral"
    replies = [models, fim]
    for path, name, is_it in _OWN_ROUTES:
        replies.append(await ask(client, "GET", path))
        if is_it(replies[-1]):
            return name
    replies.append(await ask(client, "POST", "/v1/completions", {}))
    if _has_models(models) or _knows_route(replies[-1]):
        return "openai"
    raise _unknown(client.host, replies)


def _unknown(host: str, replies: Iterable[Reply]) -> Exception:
    for reply in replies:
        # Not known yet, rather than unknown: a key is missing, or the model is being loaded.
        if reply.status in {401, 403, 429, 503}:
            said = clean(error_text(reply.body))
            told = f"{host} did not say what it is ({reply.status})" + (f": {said}" if said else "")
            return status_error(reply.status)(f"{told}.", status=reply.status)
    return ProtocolViolation(
        f"{host} answers in none of the ways known here (tried {_TRIED}); check the endpoint, "
        "or name the provider."
    )


def _by_models(reply: Reply) -> str | None:
    owners = {"vllm": "vllm", "llamacpp": "llamacpp", "library": "ollama"}
    for model in listed(reply.body) if reply.status == 200 else ():
        match model:
            case {"capabilities": {"completion_fim": bool()}}:
                return "mistral"
            case {"owned_by": str() as owner} if owner in owners:
                return owners[owner]
    return None


def _has_models(reply: Reply) -> bool:
    return reply.status == 200 and bool(listed(reply.body))


def _knows_route(reply: Reply) -> bool:
    """It misses something in an empty request, rather than the route."""
    return reply.status in {400, 422} and isinstance(reply.body, dict)


def _has(*names: str) -> Callable[[Reply], bool]:
    def is_it(reply: Reply) -> bool:
        body = reply.body
        return reply.status == 200 and isinstance(body, dict) and any(n in body for n in names)

    return is_it


_OWN_ROUTES: tuple[tuple[str, str, Callable[[Reply], bool]], ...] = (
    ("/version", "vllm", _has("version")),
    ("/props", "llamacpp", _has("default_generation_settings")),
    ("/api/version", "ollama", _has("version")),
    ("/info", "tgi", _has("model_id", "max_input_tokens", "max_input_length")),
)


def listed(body: object) -> list[dict[str, Any]]:
    """The entries of a list of models."""
    match body:
        case {"data": list() as models} | {"models": list() as models}:
            return [model for model in models if isinstance(model, dict)]
        case _:
            return []


class Tokenizer(Protocol):
    """A server's tokenizer, asked over the network."""

    parses: bool
    """``tokenize`` cannot be told to leave control strings alone."""

    async def tokenize(self, text: str, *, begin: bool = False) -> list[int]:
        """Tokens of source text; with ``begin`` those that open a prompt too."""
        ...

    async def tokenize_prompt(self, text: str) -> list[int]:
        """Tokens of a prompt as a completion would read it, but without its beginning."""
        ...

    async def detokenize(self, ids: Sequence[int]) -> str | None:
        """Text of tokens, control strings included; None where the server cannot tell."""
        ...


# A tokenizer may put a space before a text. What follows this character gets none; then its
# tokens are taken away. The reference tokenizer of Mistral does the same, with the same one.
_GUARD = "☺"

# Enough for tokenizers that treat the space before a word in different ways to differ.
_SAMPLE = ("def f(", "return a+b")


async def by_tokenizing(
    tokenizer: Tokenizer, rows: Sequence[Template]
) -> tuple[Template, Way, dict[str, int]] | None:
    """The first row whose markers the tokenizer has, and how to send them; None if none."""
    parsed = []
    for row in rows:
        ids = await _marker_ids(tokenizer, row)
        if ids is not None:
            parsed.append((row, ids))
    # Families share markers: one whose ids are known and agree is the better guess.
    parsed.sort(key=lambda found: dict(found[0].ids) != found[1] if found[0].ids else False)
    for row, ids in parsed[:1]:
        as_ids = await put_together(tokenizer, row, ids, *_SAMPLE)
        exact = await tokenizer.tokenize_prompt(render(row, *_SAMPLE)) == as_ids
        return row, Way.STRING if exact else Way.IDS, ids
    for row in rows:
        if row.ids and await tokenizer.detokenize(list(row.ids.values())) == "".join(row.ids):
            return row, Way.IDS, dict(row.ids)
    return None


async def _marker_ids(tokenizer: Tokenizer, row: Template) -> dict[str, int] | None:
    ids = {}
    for marker in row.markers:
        tokens = await tokenizer.tokenize_prompt(marker)
        if len(tokens) != 1:
            return None
        ids[marker] = tokens[0]
    return ids if len(set(ids.values())) == len(ids) else None


async def put_together(
    tokenizer: Tokenizer, row: Template, ids: Mapping[str, int], prefix: str, suffix: str
) -> list[int]:
    """The token ids of a prompt, without what opens it."""
    tokens: list[int] = []
    for part in parts(row, prefix, suffix):
        if isinstance(part, Marker):
            tokens.append(ids[part.text])
        elif part.joins:
            tokens += await _joined(tokenizer, part.text)
        elif part.text:
            tokens += await tokenizer.tokenize(part.text)
    return tokens


async def _joined(tokenizer: Tokenizer, text: str) -> list[int]:
    if not text:
        return []
    guard = await tokenizer.tokenize(_GUARD)
    tokens = await tokenizer.tokenize(_GUARD + text)
    return tokens[len(guard) :] if tokens[: len(guard)] == guard else tokens


# So often are the markers repeated that what opens the prompt does not matter.
_REPEATS = 8


async def by_counting(
    count: Callable[[str], Awaitable[int | None]], row: Template
) -> bool | None:
    """Whether the server parses the row's markers, from the tokens it counts; None: it is silent.

    As text no marker has fewer than three tokens.
    """
    # New every time, so that no cache makes the count smaller; at most five tokens.
    opening = secrets.token_hex(2)
    n_markers = _REPEATS * len(row.markers)
    n_tokens = await count(f"{opening} " + "".join(row.markers) * _REPEATS)
    return None if n_tokens is None else n_markers <= n_tokens < 2 * n_markers
