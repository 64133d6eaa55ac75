"""Bytes of a streamed answer, in any portions, to server-sent events or to lines of NDJSON.

Lines of events end at CR, LF or CRLF and nowhere else. U+2028, U+0085 and others, at which
``str.splitlines`` and ``httpx.Response.aiter_lines`` break, are ordinary text inside JSON.
"""

from __future__ import annotations

import codecs
import re

# Servers send one token an event, and the largest honest one, a refusal that quotes the prompt,
# is a few hundred KB.
MAX_EVENT_CHARS = 1024 * 1024

_LINE_END = re.compile(r"\r\n|\n|\r")


class OversizedEvent(ValueError):
    """An event or a line exceeds ``MAX_EVENT_CHARS``."""


class EventReader:
    """Reads ``text/event-stream``: feed bytes, get the data of each event that they complete.

    Bytes that are not UTF-8 are replaced. Comments and fields other than ``data`` are ignored.
    """

    def __init__(self) -> None:
        # A byte order mark may open the stream and is no part of it: hence utf-8-sig.
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._line: list[str] = []
        self._n_line_chars = 0
        self._data: list[str] = []
        self._n_data_chars = 0
        self._after_cr = False

    def feed(self, received: bytes) -> list[str]:
        """The events that end within ``received``. Raises OversizedEvent."""
        return self._read(self._decoder.decode(received))

    def close(self) -> str | None:
        """The last event, if the stream ended without the blank line that would complete it.

        It may have been cut anywhere.
        """
        rest = self._decoder.decode(b"", final=True)
        events = self._read(rest + "\n\n")
        return events[0] if events else None

    def _read(self, text: str) -> list[str]:
        if self._after_cr and text:
            # A CR ends its line at once, since an LF may never follow; if one does, it is the
            # other half of the same line end.
            text = text.removeprefix("\n")
            self._after_cr = False
        events: list[str] = []
        start = 0
        for end in _LINE_END.finditer(text):
            self._extend_line(text[start : end.start()])
            self._end_line(events)
            start = end.end()
        self._extend_line(text[start:])
        self._after_cr = self._after_cr or text.endswith("\r")
        return events

    def _extend_line(self, piece: str) -> None:
        self._line.append(piece)
        self._n_line_chars += len(piece)
        if self._n_data_chars + self._n_line_chars > MAX_EVENT_CHARS:
            raise OversizedEvent

    def _end_line(self, events: list[str]) -> None:
        line = "".join(self._line)
        self._line.clear()
        self._n_line_chars = 0
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                self._data.append(value.removeprefix(" "))
                self._n_data_chars += len(line)
            return
        if self._data:
            events.append("\n".join(self._data))
        self._data.clear()
        self._n_data_chars = 0


class UntypedReader:
    """Reads a body whose type says nothing: events, or one JSON object, told by its beginning."""

    def __init__(self) -> None:
        self.is_json = False
        """It is one object, which ``close`` returns."""
        self._events = EventReader()
        self._begun = bytearray()
        self._is_told = False

    def feed(self, received: bytes) -> list[str]:
        """The events that end within ``received``. Raises OversizedEvent."""
        if self._is_told and not self.is_json:
            return self._events.feed(received)
        self._begun += received
        if len(self._begun) > MAX_EVENT_CHARS:
            raise OversizedEvent
        # Blanks tell nothing, so that a great many of them cost no second look.
        if self.is_json or not received.strip():
            return []
        start = self._begun.removeprefix(codecs.BOM_UTF8).lstrip()
        # The mark may come byte by byte.
        if not start or codecs.BOM_UTF8.startswith(self._begun):
            return []
        self._is_told = True
        self.is_json = start.startswith(b"{")
        return [] if self.is_json else self._events.feed(bytes(self._begun))

    def close(self) -> str | None:
        """The object, or the last event, as far as it came."""
        return self._begun.decode("utf-8-sig", "replace") if self.is_json else self._events.close()


class LineReader:
    """Reads newline-delimited JSON: feed bytes, get each whole line that is not blank."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, received: bytes) -> list[str]:
        """The lines that end within ``received``. Raises OversizedEvent."""
        *whole, rest = received.split(b"\n")
        lines = []
        for end in whole:
            lines.append(bytes(self._rest) + end)
            self._rest.clear()
        self._rest += rest
        if len(self._rest) > MAX_EVENT_CHARS:
            raise OversizedEvent
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]

    def close(self) -> str | None:
        """The last line, if the stream ended without a line end. It may have been cut."""
        lines = self.feed(b"\n")
        return lines[0] if lines else None
