"""What a server says beside its answers is known as well where its kind had to be found out."""

from __future__ import annotations

from codestral_ls.backends import table
from codestral_ls.backends.base import RateLimits
from codestral_ls.backends.options import BackendOptions
from tests.backends.served.serving import text_of
from tests.fakes.behaviour import Behaviour
from tests.fakes.fim_server import KEY, FakeFim


async def test_the_limits_of_a_plan_and_the_end_of_a_model_come_through() -> None:
    headers = {
        "x-ratelimit-limit-req-minute": "60",
        "x-model-deprecation-timestamp": "2027-01-31T00:00:00Z",
    }
    async with FakeFim(default=Behaviour(headers=headers)) as fake:
        backend = table.create("auto", BackendOptions(base_url=fake.url, api_key=KEY))
        assert backend.rate_limits == RateLimits()
        assert backend.deprecation == ""
        await text_of(backend)
        assert backend.rate_limits.requests_minute == 60
        assert backend.deprecation == "2027-01-31T00:00:00Z"
        await backend.aclose()
