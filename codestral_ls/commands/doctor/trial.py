"""One completion, timed: what ``doctor`` asks a backend, without an engine's shortcuts."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass

from codestral_ls.backends.base import Backend, BackendError, Finish, too_late
from codestral_ls.model import Usage
from codestral_ls.prompt.prompt import Prompt


@dataclass(slots=True)
class Trial:
    """Its outcome. Times in milliseconds from the request."""

    text: str = ""
    first_text_ms: float | None = None
    total_ms: float = 0.0
    usage: Usage | None = None
    finish: Finish | None = None
    error: BackendError | None = None


async def try_completion(backend: Backend, prompt: Prompt, timeout_s: float) -> Trial:
    """Ask, and read the whole answer. A failure is in the result."""
    trial = Trial()
    started_at = time.perf_counter()
    try:
        async with (
            asyncio.timeout(timeout_s),
            contextlib.aclosing(backend.stream(prompt)) as stream,
        ):
            async for chunk in stream:
                if chunk.text and trial.first_text_ms is None:
                    trial.first_text_ms = _ms_since(started_at)
                trial.text += chunk.text
                trial.usage = chunk.usage or trial.usage
                trial.finish = chunk.finish or trial.finish
    except BackendError as error:
        trial.error = error
    except TimeoutError:
        trial.error = too_late(backend, timeout_s)
    trial.total_ms = _ms_since(started_at)
    return trial


def _ms_since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000
