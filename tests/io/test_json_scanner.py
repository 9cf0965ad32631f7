"""The compiled scanner gives what the reader without it gives, whatever the text and wherever it is cut."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from profiler.errors import TraceReadError
from profiler.io import chrome, json_scanner
from profiler.io.chrome_assemble import ChromeAssembler
from profiler.io.chrome_own import OwnAssembler, own_header
from profiler.io.json_blocks import Dictionaries
from profiler.io.json_events import OWN_ARGS, EventDecoder
from profiler.io.json_reader import EventReader
from profiler.io.json_scan_reader import ScanningReader
from profiler.io.json_scanner import EventScanner, scan_library
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Trace
from tests.io.samples import CASES
from tests.io.test_third_party_json import KINETO, NSIGHTFUL
from tests.io.traces import column_of, rest_of

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ctypes.CDLL]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("LANESCOPE_COMPILED", "1")
        found = scan_library(worthwhile=True)
        assert found is not None, "the C compiler of the system did not build the scanner"
        yield found


def everything(trace: Trace) -> Any:
    columns = {name: column_of(trace, name) for name in COLUMNS}
    return columns, rest_of(trace), trace.meta, set(trace.names)


class Counted(EventScanner):
    """A scanner that counts the events it left to the decoder."""

    odd = rows = 0

    def scan(self, text: bytes, first: int) -> json_scanner.Scan:
        found = super().scan(text, first)
        Counted.odd += self._rows.odd_rows
        Counted.rows += self._rows.rows
        return found


def read(text: bytes, library: ctypes.CDLL | None, size: int = 1 << 20) -> Any:
    """All that the trace in ``text`` holds, or the message with which it is refused."""
    builder = TraceBuilder()
    known = Dictionaries(names=builder.name_codes)
    decoder = EventDecoder(known, builder.stats)
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    if library is None:
        events = EventReader(blocks, decoder, builder.stats)
    else:
        events = ScanningReader(blocks, decoder, builder.stats, lambda: Counted(library, decoder, builder.stats))
    assembler: ChromeAssembler | OwnAssembler = ChromeAssembler(builder, known)
    try:
        events.start()
        if (own := own_header(events.header)) is not None:
            decoder.known_args = OWN_ARGS
            assembler = OwnAssembler(builder, known, own)
        for block in events:
            assembler.add(block)
    except TraceReadError as error:
        return str(error)
    return everything(assembler.finish(events.header))


def odd_events(text: bytes, library: ctypes.CDLL) -> tuple[int, int]:
    """How many events of the text the scanner left to the decoder, and how many it read itself."""
    Counted.odd = Counted.rows = 0
    assert read(text, library) == read(text, None)
    return Counted.odd, Counted.rows


@pytest.mark.parametrize("size", [1, 7, 64, 333, 1 << 20])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hand_made_files(case: Any, size: int, library: ctypes.CDLL) -> None:
    text = case.text.encode("utf-8", "surrogatepass")
    assert read(text, library, size) == read(text, None)


@pytest.mark.parametrize("name", [*KINETO, NSIGHTFUL])
def test_files_of_others(
    name: str, third_party_trace: Find, library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = third_party_trace(name)
    scanned = chrome.read(path)
    monkeypatch.setenv("LANESCOPE_COMPILED", "0")
    plain = chrome.read(path)
    assert everything(scanned) == everything(plain)
    assert scanned.names == plain.names or sorted(scanned.names) == sorted(plain.names)
