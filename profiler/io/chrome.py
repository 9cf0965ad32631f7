"""Chrome Trace Event JSON and PyTorch (Kineto) profiler JSON, plain or packed, as an object or a bare list.

Format: "Trace Event Format", Google, 2016. Times are read digit by digit, so that a nanosecond stays one.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from profiler.errors import TraceReadError
from profiler.io.files import require_file, with_format
from profiler.io.watch import current
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Severity
from profiler.trace.tables import Trace

EXTENSIONS = (".json", ".json.gz", ".json.zst", ".gz", ".zst")


def sniff(head: bytes, path: Path) -> bool:
    """Whether unpacked text that starts with ``head`` can be a Chrome trace: an object, or a list of objects."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return True
    return text.startswith(b"[") and text[1:].lstrip()[:1] in (b"{", b"]", b"")


def read(path: str | os.PathLike[str]) -> Trace:
    """The trace in a file.

    ``trace.stats`` counts what could not be kept. A file that ends early gives the events that are whole.

    Raises
    ------
    UsageError
        No such file.
    TraceReadError
        The file holds no trace, or is damaged.
    """
    from profiler.io.chrome_assemble import ChromeAssembler
    from profiler.io.chrome_own import OwnAssembler, own_header
    from profiler.io.json_blocks import Dictionaries
    from profiler.io.json_events import OWN_ARGS, EventDecoder
    from profiler.io.json_scan_reader import open_events

    builder, watch = TraceBuilder(), current()
    dictionaries = Dictionaries(names=builder.name_codes)
    decoder = EventDecoder(dictionaries, builder.stats)
    events, text = open_events(require_file(path), decoder, builder.stats)
    assembler: ChromeAssembler | OwnAssembler = ChromeAssembler(builder, dictionaries)
    try:
        with _without_collector():
            events.start()
            own = own_header(events.header)
            if own is not None:
                decoder.known_args = OWN_ARGS
                assembler = OwnAssembler(builder, dictionaries, own)
            for block in events:
                assembler.add(block)
                watch.rows(assembler.arrived)
    except TraceReadError as error:
        raise TraceReadError(error.what, where=str(path), remedy=error.remedy) from error
    if text.truncated and not builder.stats.count("truncated"):
        builder.stats.add("truncated", Severity.DATA_LOSS)
    if not assembler.events and (builder.stats.count("truncated") or not events.is_object):
        raise TraceReadError(
            "holds no event that is whole", where=str(path), remedy="Record or export the trace again."
        )
    trace = assembler.finish(events.header)
    return trace if own is None else with_format(trace, "chrome")


def write(trace: Trace, path: str | os.PathLike[str]) -> None:
    """Write a trace as `chrome_write.write` does."""
    from profiler.io.chrome_write import write as write_chrome

    write_chrome(trace, path)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the cycle collector: decoding makes a million objects and no cycle, and it would look at all of them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
