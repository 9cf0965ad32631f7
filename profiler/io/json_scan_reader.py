"""Which way the events of a file are read: with the compiled scanner where it can be had, else with msgspec alone.

Both give the same events; the scanner is several times as fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

from profiler.io import json_reader
from profiler.io.json_blocks import EventBlock
from profiler.io.json_events import EventDecoder
from profiler.io.json_reader import EventReader
from profiler.io.json_scanner import Ending, EventScanner, scan_library
from profiler.io.text_blocks import TextBlocks, is_packed
from profiler.trace.tables import Stats

#: Text that is scanned in one go.
SCAN_BYTES = 1 << 19
#: Bytes of a file, plain and packed, from which on a build of the scanner is repaid at once.
_WORTHWHILE, _WORTHWHILE_PACKED = 16 << 20, 2 << 20


class ScanningReader(EventReader):
    """An `EventReader` that leaves plain events to the compiled scanner.

    Parameters
    ----------
    text, decoder, stats
        As there. Each block of the text is scanned as a whole, so that larger ones are read faster.
    scanner : callable
        Makes the scanner; called behind `start`.
    """

    def __init__(
        self, text: Iterable[bytes], decoder: EventDecoder, stats: Stats, scanner: Callable[[], EventScanner]
    ) -> None:
        super().__init__(text, decoder, stats)
        self._make_scanner = scanner

    def _steps(self) -> Iterator[tuple[EventBlock, bool]]:
        scanner, patience = self._make_scanner(), 0
        for block in chain((b"",), self._text):
            self._buffer += block
            if len(self._buffer) < patience:
                continue
            ending = Ending.NEEDS_ROOM
            at = 0
            while ending is Ending.NEEDS_ROOM:
                found = scanner.scan(self._buffer, at)
                at, ending = at + found.used, found.ending
                yield found.block, ending is Ending.ENDED
            self._drop(at)
            if ending is Ending.ENDED:
                return
            if ending is Ending.STRANGE:
                events, ended = self._by_structure()
                yield events, ended
                if ended:
                    return
            self._limit_event()
            # What is left is the start of an event. A long one is not looked at again for each block of it.
            patience = 2 * len(self._buffer) if len(self._buffer) > json_reader.PATIENCE_BYTES else 0
        yield self._by_structure()


def open_events(path: Path, decoder: EventDecoder, stats: Stats) -> tuple[EventReader, TextBlocks]:
    """The reader for a file, and the text that it reads."""
    least = _WORTHWHILE_PACKED if is_packed(path) else _WORTHWHILE
    library = scan_library(worthwhile=path.stat().st_size >= least)
    if library is None:
        text = TextBlocks(path)
        return EventReader(text, decoder, stats), text
    text = TextBlocks(path, SCAN_BYTES)
    scanner = partial(EventScanner, library, decoder, stats)
    return ScanningReader(text, decoder, stats, scanner), text
