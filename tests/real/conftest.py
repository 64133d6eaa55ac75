"""Whatever the editor tests share: the fake endpoint that stands for Mistral's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.endpoint import Endpoint


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """One endpoint for a module's tests; each says what it intends to be typed."""
    with Endpoint() as fake:
        yield fake
