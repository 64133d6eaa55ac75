"""Which of a server's models completes, where the user has named none. Pure.

A model is taken without asking only if it surely fills in the middle: the server says so, or it
belongs to a family that was trained for it, in a version that was. Of several others the user
chooses; until then no code is sent. A server's only model was chosen by whoever started it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from codestral_ls.backends.base import ModelError
from codestral_ls.privacy.text import name

_SHOWN_MODELS = 8


class Suits(IntEnum):
    """How well a model suits completion."""

    NEVER = 0
    """It embeds, ranks, reasons or draws, or it runs on somebody else's machine."""
    UNSURE = 1
    """It may chat about the code."""
    SURELY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedModel:
    """A model that a server offers."""

    name: str
    suits: Suits
    is_loaded: bool = False
    """It answers without being loaded first."""
    must_load: bool = False
    """The server says that it has yet to be loaded."""
    context_tokens: int | None = None


# Base models and those versions of others that fill in the middle, by the names under which their
# makers publish them. Sources: the model cards of each family.
_COMPLETERS = re.compile(
    r"codestral(?!.*(?:mamba|embed))"
    r"|qwen-?2\.?5-coder"
    r"|codeqwen1\.5"
    r"|deepseek-coder(?:-v2(?:-lite)?)?(?:-[\d.]+b)?(?:-v[\d.]+)?-base"
    r"|star-?coder(?:2|base|plus)?(?![a-z])"
    r"|santacoder"
    r"|granite-(?:[\d.]+-)?[\d.]+b-code-base|granite-code.*base"
    r"|stable-code(?!-instruct)"
    r"|code-?gemma(?![a-z])"
    r"|code-?llama(?:-(?:7|13)b)?(?!.*(?:python|34b|70b))"
    r"|seed-coder.*base"
    r"|mellum"
)

# What a chat is trained with; such a version of a completer may answer in sentences. Codestral and
# Mellum keep filling in.
_CHATS = re.compile(
    r"(?<![a-z])(?:instruct\w*|chat\w*|it|sft|dpo|rlhf|assistant|agent\w*)(?![a-z])"
)
_FILLS_ALL_THE_SAME = re.compile(r"codestral|mellum")

_NEVER = re.compile(
    r"embed|rerank|(?<![a-z])(?:bge|gte|e5|colbert|minilm|sbert)(?![a-z])"
    r"|(?<![a-z])(?:r1|r1-.*|qwq|o[134]|think\w*|reason\w*|magistral)(?![a-z])"
    r"|whisper|parakeet|(?<![a-z])(?:tts|asr|ocr|vl|clip|siglip|vae)(?![a-z])"
    r"|moderation|guard|classif|reward|diffusion|(?<![a-z])flux(?![a-z])"
)

_LOADED = frozenset({"loaded", "ready", "running", "sleeping"})
_NOT_LOADED = frozenset({"not-loaded", "unloaded", "stopped", "loading", "starting"})

# Capabilities and types as Ollama, LM Studio, Mistral and gateways name them.
_FILLS = frozenset({"insert", "completion_fim", "fim"})
_OTHER_KINDS = frozenset(
    {"embedding", "embeddings", "rerank", "reranker", "reranking", "thinking", "reasoning"}
    | {"classification", "moderation", "image", "image_generation", "audio_transcriptions"}
    | {"audio_speech", "tts", "stt"}
)


def suits_by_name(*names: str) -> Suits:
    """What a model's names tell: its own first, then what it was made from."""
    spelled = [re.sub(r"[\s_:/@]+", "-", text.lower()) for text in names if text]
    if any(_NEVER.search(text) for text in spelled):
        return Suits.NEVER
    for text in spelled:
        if _COMPLETERS.search(text):
            chats = any(map(_CHATS.search, spelled)) and not _FILLS_ALL_THE_SAME.search(text)
            return Suits.UNSURE if chats else Suits.SURELY
    return Suits.UNSURE


def offer_of(entry: Mapping[str, Any], *further_names: str) -> OfferedModel | None:
    """What an entry in a list of models tells; None if it names none.

    Known are the lists of OpenAI's form with what LM Studio, OpenRouter, llama.cpp, llama-swap,
    vLLM, Mistral and Docker add, and Ollama's.
    """
    model = entry.get("id") or entry.get("name") or entry.get("model")
    if not isinstance(model, str) or not model:
        return None
    return OfferedModel(
        name=model,
        suits=_suits(entry, model, *further_names),
        is_loaded=_state(entry) in _LOADED,
        must_load=_state(entry) in _NOT_LOADED,
        context_tokens=_context(entry),
    )


def chosen(host: str, offers: Sequence[OfferedModel]) -> OfferedModel:
    """The one that completes. Raises ModelError where the user must choose."""
    if len(offers) == 1 and offers[0].suits is not Suits.NEVER:
        return offers[0]
    sure = [offer for offer in offers if offer.suits is Suits.SURELY]
    if sure:
        return max(sure, key=lambda offer: offer.is_loaded)  # the first of the best
    if not offers:
        raise ModelError(f"{host} does not say which model it serves; set model.")
    if all(offer.suits is Suits.NEVER for offer in offers):
        raise ModelError(
            f"{host} has no model for completion, only {shown(offers)}; give it one that fills "
            "in the middle."
        )
    may_be = [offer for offer in offers if offer.suits is not Suits.NEVER]
    raise ModelError(
        f"{host} has several models, and which of them fills in the middle is not certain, so "
        f"nothing is sent. Set model to the one that does: {shown(may_be)}."
    )


def to_choose(told: str, offers: Iterable[OfferedModel]) -> ModelError:
    """What asks the user to choose: ``told``, and the names."""
    ordered = sorted(offers, key=lambda offer: -offer.suits)
    error = ModelError(f"{told} {shown(ordered) or 'no model'}.")
    error.offered = tuple(offer.name for offer in ordered if offer.suits is not Suits.NEVER)
    return error


def shown(offers: Iterable[OfferedModel]) -> str:
    """Their names for a message, the likelier ones first."""
    ordered = sorted(offers, key=lambda offer: -offer.suits)
    names = ", ".join(name(offer.name) for offer in ordered[:_SHOWN_MODELS])
    n_more = len(ordered) - _SHOWN_MODELS
    return f"{names} and {n_more} more" if n_more > 0 else names


def _suits(entry: Mapping[str, Any], model: str, *further_names: str) -> Suits:
    able = _words(entry.get("capabilities")) | _words(entry.get("type"))
    by_name = suits_by_name(model, *further_names)
    # Ollama's cloud: the code would go on to a machine that nobody has chosen.
    if entry.get("remote_host") or entry.get("remote_model") or model.endswith("-cloud"):
        return Suits.NEVER
    if able & _FILLS:
        return Suits.SURELY
    if by_name is Suits.NEVER or able & _OTHER_KINDS or not _writes_text(entry):
        return Suits.NEVER
    # A server that tells what a model can do, and does not say that it completes or fills in.
    capabilities = _words(entry.get("capabilities"))
    if "completion_fim=false" in capabilities:
        return Suits.NEVER
    return by_name


def _words(value: object) -> set[str]:
    """Names in a list, true names in an object, or a name by itself."""
    match value:
        case str():
            return {value.lower()}
        case list():
            return {word.lower() for word in value if isinstance(word, str)}
        case dict():
            false = {"completion_fim=false"} if value.get("completion_fim") is False else set()
            return {str(key).lower() for key, yes in value.items() if yes is True} | false
        case _:
            return set()


def _writes_text(entry: Mapping[str, Any]) -> bool:
    match entry.get("architecture"):
        case {"output_modalities": list() as written}:
            return not written or "text" in written
        case _:
            return True


def _state(entry: Mapping[str, Any]) -> str:
    match entry:
        case {"state": str() as state} | {"status": {"value": str() as state}}:
            return state
        case {"loaded_instances": list() as instances}:
            return "loaded" if instances else "not-loaded"
        case _:
            return ""


def _context(entry: Mapping[str, Any]) -> int | None:
    """The context that the model runs with, or else could run with."""
    meta = entry.get("meta") if isinstance(entry.get("meta"), dict) else {}
    docker = entry.get("dmr") if isinstance(entry.get("dmr"), dict) else {}
    assert isinstance(meta, dict)
    assert isinstance(docker, dict)
    known = [
        entry.get("loaded_context_length"),
        entry.get("max_model_len"),
        meta.get("n_ctx"),
        docker.get("context_window"),
        entry.get("context_length"),
    ]
    if entry.get("state") != "not-loaded":  # LM Studio loads with less than a model could have
        known.append(entry.get("max_context_length"))
    is_length = (length for length in known if isinstance(length, int) and length > 0)
    return next(is_length, None)
