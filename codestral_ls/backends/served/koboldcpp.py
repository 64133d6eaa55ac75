"""KoboldCpp: made of llama.cpp, but with routes of its own.

It answers ``/props`` as llama.cpp does, and has neither ``/completion`` nor ``/infill``. It is
asked at ``/v1/completions`` with a prompt that we lay out, in which it parses control strings;
``suffix`` it drops in silence.
"""

from __future__ import annotations

from typing import Any

from codestral_ls.backends.http.refusals import count
from codestral_ls.backends.http.reply import listed
from codestral_ls.backends.served.facts import Facts, PromptForm
from codestral_ls.backends.served.offers import OfferedModel, Suits, chosen, offer_of, suits_by_name
from codestral_ls.backends.served.openai import OpenAiBackend
from codestral_ls.backends.served.probe import TokenCounter


class KoboldCppBackend(OpenAiBackend):
    """A KoboldCpp server."""

    name = "koboldcpp"

    _served: tuple[str, ...] = ()

    async def _learn(self) -> Facts:
        # It serves one model, whatever name is sent: ``koboldcpp/`` and the name of its file.
        self._served = await self._names()
        named = [OfferedModel(name=n, suits=suits_by_name(n)) for n in self._served]
        offer = (
            OfferedModel(name=self._options.model, suits=Suits.UNSURE)
            if self._options.model
            else chosen(self.host, named)
        )
        rows = self._rows(offer.name, *self._served)
        template = await self._counted(rows, offer.name, self._counter(offer))
        length = await self._reply("GET", "/api/extra/true_max_context_length")
        return Facts(
            model=offer.name,
            form=PromptForm.STRING,
            template=template,
            context_tokens=count(_value(length.body)) or None,
        )

    async def _serves_another(self, facts: Facts) -> bool:
        return await self._names() != self._served

    async def _names(self) -> tuple[str, ...]:
        """The server's own, whatever name is asked for."""
        served = listed(await self._ask("GET", "/v1/models"))
        return tuple(offer.name for entry in served if (offer := offer_of(entry)))

    def _counter(self, offer: OfferedModel) -> TokenCounter:
        del offer

        async def counted(prompt: str) -> int | None:
            body = {"prompt": prompt, "special": True}
            return count(_value(await self._ask("POST", "/api/extra/tokencount", body)))

        return counted


def _value(body: Any) -> object:
    return body.get("value") if isinstance(body, dict) else None
