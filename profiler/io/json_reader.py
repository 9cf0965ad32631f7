"""A trace file's text, block by block, cut into runs of whole events.

A cut is a guess: the last ``} , {`` of a block. Inside an event it would leave a bracket or a string open, so the
decoder refuses a wrong one, and the text is cut again by its structure. Memory holds one block of text, never the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from profiler.errors import TraceReadError
from profiler.io.json_blocks import EventBlock
from profiler.io.json_events import EventDecoder
from profiler.io.json_structure import elements_of, structure_of
from profiler.trace.schema import Severity
from profiler.trace.tables import Stats

_CUT = re.compile(rb"\}\s*,\s*(?=\{)")
_ARRAY = re.compile(rb'"traceEvents"\s*:\s*\[')
_TAIL_BYTES = 1 << 14
#: What is left of the text and gives no event is looked at again when it has doubled, from this size on.
PATIENCE_BYTES = 4 << 20
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,"

#: Text without a whole event, before the first one or within one, beyond which a file is given up.
LIMIT_BYTES = 16 << 20

_REMEDY = "Name a Chrome trace or a PyTorch profiler trace, plain or packed."


class EventReader:
    """Iterates over the events of a file as column blocks.

    Parameters
    ----------
    text : iterable of bytes
        The unpacked text, in blocks of any size.
    decoder : EventDecoder
    stats : Stats
        ``chrome_bad_event``, ``chrome_unclosed_array``, ``trailer_skipped`` and ``truncated`` are counted here.

    Attributes
    ----------
    header : dict
        What stands beside the events. Before iteration ends only what stands before them; empty before `start`.
    is_object : bool
        Whether the file is an object with ``traceEvents`` and not a bare list.
    """

    def __init__(self, text: Iterable[bytes], decoder: EventDecoder, stats: Stats) -> None:
        self.header: dict[str, Any] = {}
        self.is_object = False
        self._text = iter(text)
        self._decoder = decoder
        self._stats = stats
        self._buffer = b""
        self._offset = 0
        self._before = b""
        self._started = False

    def start(self) -> None:
        """Read up to the first event."""
        if not self._started:
            self._started = True
            self._find_events()

    def __iter__(self) -> Iterator[EventBlock]:
        self.start()
        ended = False
        for step in self._steps():
            block, ended = step
            yield block
        if ended:
            self._read_trailer()
        else:
            self._end_without_bracket()

    def _steps(self) -> Iterator[tuple[EventBlock, bool]]:
        """Blocks, and whether the array ended behind each."""
        patience = PATIENCE_BYTES
        for block in self._text:
            self._buffer += block
            cut = self._last_cut()
            if cut is not None:
                decoded = self._decoder.decode(self._buffer[: cut[0]])
                if decoded is not None:
                    self._drop(cut[1])
                    yield decoded, False
                    continue
            elif len(self._buffer) < patience:
                continue
            events, ended = self._by_structure()
            yield events, ended
            if ended:
                return
            patience = max(PATIENCE_BYTES, 2 * len(self._buffer))
            self._limit_event()
        yield self._by_structure()

    def _limit_event(self) -> None:
        """Give up a file whose next event takes too long to end."""
        if len(self._buffer) > LIMIT_BYTES:
            raise self._error(f"one event is longer than {LIMIT_BYTES >> 20} MiB")

    def _find_events(self) -> None:
        """Move to just after the bracket that opens the events."""
        looked_at = 0
        for block in self._text:
            self._buffer += block
            if not self._buffer.strip():
                self._drop(len(self._buffer))
            elif len(self._buffer) >= 2 * looked_at:
                looked_at = len(self._buffer)
                if self._at_events():
                    return
            if self._offset + len(self._buffer) > LIMIT_BYTES:
                raise self._error(f"has no trace event in its first {LIMIT_BYTES >> 20} MiB", _REMEDY)
        if not self._at_events():
            raise self._error("has no trace events", _REMEDY)

    def _at_events(self) -> bool:
        """Whether the buffer reaches to the events; it is moved there."""
        text = self._buffer.removeprefix(_MARK).lstrip()
        if not text or _MARK.startswith(text):
            return False
        if text.startswith(b"["):
            self._drop(len(self._buffer) - len(text) + 1)
            return True
        if not text.startswith(b"{"):
            raise self._error("is neither JSON nor any other trace format known here", _REMEDY)
        start = _array_start(text)
        if start is None:
            return False
        self._before = text[:start]
        self.is_object = True
        self.header = _parsed(self._before + b"]}") or {}
        self._drop(len(self._buffer) - len(text) + start)
        return True

    def _last_cut(self) -> tuple[int, int] | None:
        """End of the last whole event, as it seems, and start of the next; ``None`` if there is no such place."""
        cuts = list(_CUT.finditer(self._buffer, max(0, len(self._buffer) - _TAIL_BYTES)))
        return (cuts[-1].start() + 1, cuts[-1].end()) if cuts else None

    def _by_structure(self) -> tuple[EventBlock, bool]:
        """The whole events of the buffer, and whether the array ended after them."""
        found = elements_of(self._buffer, offset=self._offset)
        self._stats.add("chrome_bad_event", Severity.DATA_LOSS, found.others)
        self._drop(found.rest)
        block = self._decoder.decode(b",".join(found.texts))
        return block if block is not None else self._decoder.decode_each(found.texts), found.ended

    def _read_trailer(self) -> None:
        """Take what follows the events into the header."""
        trailer = self._buffer
        for block in self._text:
            trailer += block
            if len(trailer) > LIMIT_BYTES:
                self._stats.add("trailer_skipped", Severity.INFO)
                return
        if not self.is_object:
            self._stats.add("trailing_text", Severity.DATA_LOSS, int(bool(trailer.strip(_BETWEEN))))
            return
        whole = _parsed(self._before + b"]" + trailer)
        if whole is None:
            self._stats.add("truncated" if _is_open(trailer) else "header_unreadable", Severity.DATA_LOSS)
        else:
            self.header = whole

    def _end_without_bracket(self) -> None:
        """The text ended within the events. A bare list may: its format says that the bracket can be left out."""
        if self.is_object or self._buffer.strip(_BETWEEN):
            self._stats.add("truncated", Severity.DATA_LOSS)
        else:
            self._stats.add("chrome_unclosed_array", Severity.INFO)

    def _drop(self, size: int) -> None:
        self._buffer = self._buffer[size:]
        self._offset += size

    def _error(self, what: str, remedy: str = "Record or export the trace again.") -> TraceReadError:
        return TraceReadError(f"{what} (byte {self._offset} of the text)", remedy=remedy)


def _array_start(text: bytes) -> int | None:
    """Offset just after the bracket of the outermost ``traceEvents``."""
    structure = None
    for match in _ARRAY.finditer(text):
        structure = structure or structure_of(text)
        if not structure.in_string(match.start()) and structure.depth_before(match.start()) == 1:
            return match.end()
    return None


def _is_open(trailer: bytes) -> bool:
    """Whether the object that ``trailer`` should close is still open at its end."""
    depths = structure_of(trailer).depths
    return not len(depths) or int(depths.min()) >= 0


def _parsed(text: bytes) -> dict[str, Any] | None:
    """A small object without its events; ``NaN`` and control bytes are let pass."""
    try:
        found = json.loads(text.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
