"""What response headers say about the limits of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from codestral_ls.backends.http.refusals import count


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Limits as an answer named them; None where it named none."""

    requests_minute: int | None = None
    remaining_requests_minute: int | None = None
    tokens_minute: int | None = None
    remaining_tokens_minute: int | None = None
    tokens_month: int | None = None
    remaining_tokens_month: int | None = None
    query_cost: int | None = None
    """Tokens that the request was charged."""

    @property
    def allows_nothing(self) -> bool:
        """The plan has no requests or tokens at all; waiting does not help."""
        return 0 in (self.requests_minute, self.tokens_minute, self.tokens_month)


def rate_limits(headers: Mapping[str, str]) -> RateLimits:
    """The limits in Mistral's ``x-ratelimit-…`` headers."""

    def limit(name: str) -> int | None:
        return count(headers.get(f"x-ratelimit-{name}"))

    return RateLimits(
        requests_minute=limit("limit-req-minute"),
        remaining_requests_minute=limit("remaining-req-minute"),
        tokens_minute=limit("limit-tokens-minute"),
        remaining_tokens_minute=limit("remaining-tokens-minute"),
        tokens_month=limit("limit-tokens-month"),
        remaining_tokens_month=limit("remaining-tokens-month"),
        query_cost=limit("tokens-query-cost"),
    )
