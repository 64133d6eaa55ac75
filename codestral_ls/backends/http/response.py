"""The answer to one HTTP request, read in bounds: as a whole, as an error, or as a stream."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from codestral_ls.backends.base import BackendError, NetworkFailure, ProtocolViolation
from codestral_ls.backends.http.pages import page_in
from codestral_ls.backends.http.sse import EventReader, LineReader, OversizedEvent, UntypedReader

# The most tokens that settings allow (4096), at 500 bytes an event, make 2 MB.
MAX_BODY_BYTES = 4 * 1024 * 1024

# A list of all models of a large gateway takes 1 MB. Parsed, a list of empty lists takes 25 times
# its length.
_MAX_JSON_BYTES = 2 * 1024 * 1024

# An error worth reading is shorter; validation errors may quote a whole prompt.
_MAX_ERROR_BYTES = 64 * 1024

# The end of the body comes with the end marker or a moment later. Waiting for it keeps the
# connection; a server that does not send it must not hold up the answer.
_DRAIN_S = 0.1

JSON_TYPE = "application/json"
EVENTS_TYPE = "text/event-stream"
# Of gateways that forget what a server said of its answer.
_UNTYPED = ("", "text/plain", "application/octet-stream", "binary/octet-stream")
LINES_TYPE = "application/x-ndjson"


class Response:
    """Status and headers, and a body to be read once."""

    def __init__(
        self,
        *,
        host: str,
        status: int,
        headers: Mapping[str, str],
        received: AsyncGenerator[bytes, None],
    ) -> None:
        self.host = host
        self.status = status
        self.headers = headers
        """By lower-case name."""
        self.end_marker_seen = False
        self._received = received

    @property
    def content_type(self) -> str:
        """Without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_page(self) -> bool:
        """It says that it is a web page."""
        return self.content_type in ("text/html", "application/xhtml+xml")

    async def body(self, max_bytes: int) -> bytes:
        """The whole body. Raises ProtocolViolation for a longer one."""
        body = bytearray()
        async with aclosing(self._pieces(max_bytes)) as pieces:
            async for piece in pieces:
                body += piece
        return bytes(body)

    async def json(self) -> Any:
        """The whole body. Raises ProtocolViolation unless it is JSON."""
        body = await self.body(_MAX_JSON_BYTES)
        try:
            return _parse(body.decode("utf-8", "replace"))
        except ValueError:
            raise self._not_a_completion() from None

    async def error_body(self) -> object:
        """What a failed request was answered with: JSON, a WebPage, or plain text, which may be
        empty.

        A connection that breaks here does not hide the status.
        """
        body = bytearray()
        try:
            async with aclosing(self._pieces()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) > _MAX_ERROR_BYTES:
                        break
        except BackendError:
            pass
        text = body[:_MAX_ERROR_BYTES].decode("utf-8", "replace")
        try:
            return _parse(text)
        except ValueError:
            if (page := page_in(text, self.content_type)) is not None:
                return page
            # JSON that was cut says nothing to a person.
            return "" if text.lstrip().startswith(("<", "{", "[")) else text

    async def events(self, end_marker: str = "[DONE]") -> AsyncGenerator[dict[str, Any], None]:
        """The JSON objects of a stream of events, up to the end marker.

        Ends early, with ``end_marker_seen`` False, where the server breaks off in mid-stream.
        Raises ProtocolViolation for anything but objects, or for no event at all.
        """
        reader: EventReader | UntypedReader
        if self.content_type == EVENTS_TYPE:
            reader = EventReader()
        elif self.content_type in _UNTYPED:
            reader = UntypedReader()
        else:
            raise self._not_a_completion()
        async with aclosing(self._objects(reader, end_marker)) as objects:
            async for item in objects:
                yield item

    async def lines(self) -> AsyncGenerator[dict[str, Any], None]:
        """The JSON objects of a stream of lines; as ``events``, but without an end marker."""
        async with aclosing(self._objects(LineReader(), None)) as objects:
            async for item in objects:
                yield item

    async def _objects(
        self, reader: EventReader | UntypedReader | LineReader, end_marker: str | None
    ) -> AsyncGenerator[dict[str, Any], None]:
        began = False
        async with aclosing(self._pieces()) as pieces:
            try:
                async for piece in pieces:
                    for data in reader.feed(piece):
                        if data == end_marker:
                            self.end_marker_seen = True
                            await _drain(pieces)
                            return
                        began = True
                        yield self._object(data)
            except OversizedEvent:
                raise ProtocolViolation(f"{self.host} sent an endless event.") from None
            except NetworkFailure:
                if not began:
                    raise
                return
        last = reader.close()
        if last is not None and last == end_marker:
            self.end_marker_seen = True
        elif last is not None and _is_whole(last):
            # A body of JSON is whole where its last brace came.
            self.end_marker_seen = isinstance(reader, UntypedReader) and reader.is_json
            yield self._object(last)
        elif not began:
            if isinstance(reader, UntypedReader) and not reader.is_json:
                raise self._not_a_completion()
            raise ProtocolViolation(
                f"{self.host} closed the stream without an answer; the server's log may say why."
            )

    async def _pieces(self, max_bytes: int = MAX_BODY_BYTES) -> AsyncGenerator[bytes, None]:
        """The body's bytes, decompressed where a server does so unasked."""
        inflate = self._inflater()
        n_bytes = 0
        async with aclosing(self._received) as received:
            async for piece in received:
                # One byte more than allowed shows that there is too much; a bomb stops there.
                room = max_bytes + 1 - n_bytes
                try:
                    out = inflate.decompress(piece, room) if inflate else piece
                except zlib.error:
                    raise self._undecodable() from None
                n_bytes += len(out)
                if n_bytes > max_bytes:
                    raise ProtocolViolation(f"{self.host} sent an endless answer.")
                yield out

    def _inflater(self) -> zlib._Decompress | None:
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in {"", "identity"}:
            return None
        if encoding in {"gzip", "x-gzip", "deflate"}:
            return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # 32: either format
        raise self._undecodable()

    def _object(self, data: str) -> dict[str, Any]:
        try:
            value = _parse(data)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise self._not_a_completion()
        return value

    def _undecodable(self) -> ProtocolViolation:
        return ProtocolViolation(
            f"{self.host} sent an answer that cannot be decoded; check the base URL and any proxy."
        )

    def _not_a_completion(self) -> ProtocolViolation:
        what = "a web page" if "html" in self.content_type else "something"
        return ProtocolViolation(
            f"{self.host} answered with {what} that is no completion; check the base URL.",
            status=self.status,
        )


async def _drain(pieces: AsyncGenerator[bytes, None]) -> None:
    try:
        async with asyncio.timeout(_DRAIN_S):
            async for _ in pieces:
                pass
    except (TimeoutError, BackendError):
        pass  # the connection is closed instead of kept, and that is all


def _is_whole(data: str) -> bool:
    """Whether the last event, which nothing ended, was cut."""
    try:
        _parse(data)
    except ValueError:
        return False
    return True


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
