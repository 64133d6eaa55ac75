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
from codestral_ls.backends.served.offers import OfferedModel, Suits, chosen, offer_of
from codestral_ls.backends.served.openai import OpenAiBackend
from codestral_ls.backends.served.probe import TokenCounter


class KoboldCppBackend(OpenAiBackend):
    """A KoboldCpp server."""

    name = "koboldcpp"

    async def _learn(self) -> Facts:
        served = listed(await self._ask("GET", "/v1/models"))
        offers = [offer for entry in served if (offer := offer_of(entry))]
        # It serves one model, whatever name is sent: ``koboldcpp/`` and the name of its file.
        offer = (
            OfferedModel(name=self._options.model, suits=Suits.UNSURE)
            if self._options.model
            else chosen(self.host, offers)
        )
        rows = self._rows(offer.name, *(other.name for other in offers))
        template = await self._counted(rows, offer.name, self._counter(offer))
        length = await self._reply("GET", "/api/extra/true_max_context_length")
        return Facts(
            model=offer.name,
            form=PromptForm.STRING,
            template=template,
            context_tokens=count(_value(length.body)) or None,
        )

    def _counter(self, offer: OfferedModel) -> TokenCounter:
        del offer

        async def counted(prompt: str) -> int | None:
            body = {"prompt": prompt, "special": True}
            return count(_value(await self._ask("POST", "/api/extra/tokencount", body)))

        return counted


def _value(body: Any) -> object:
    return body.get("value") if isinstance(body, dict) else None
