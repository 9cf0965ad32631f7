"""What every reader owes to any bytes: a sound trace, or one refusal that says where."""

from __future__ import annotations

import importlib
import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from profiler.errors import LanescopeError, TraceReadError, UsageError
from profiler.io import perfetto_bulk
from profiler.io.files import HEAD_BYTES
from profiler.io.parquet_window import open_window_file
from profiler.io.perfetto_packets import blocks
from profiler.io.summary import summarize
from profiler.io.text_blocks import TextBlocks, text_head
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Stats, Trace
from profiler.trace.validate import Finding, validate
from tests.io.traces import column_of, rest_of

STRUCTURE = ("out_of_range", "unknown_", "out_of_step")

#: Longest refusal: what it quotes of the file is to be cut.
LONGEST_MESSAGE = 1000

_LAST = 2**63 - 1


def structural(trace: Trace) -> list[Finding]:
    """Findings of numbers that point outside their tables."""
    return [finding for finding in validate(trace) if any(word in finding.name for word in STRUCTURE)]


def check_reader(module: str, path: Path) -> Trace | str:
    """Read ``path`` by a module of ``profiler.io``; the trace, or the message with which it is refused properly.

    Raises
    ------
    AssertionError
        The trace is unsound, or the refusal says too little or too much.
    Exception
        Whatever a faulty reader raises.
    """
    reader = importlib.import_module(f"profiler.io.{module}")
    try:
        for head in (path.read_bytes()[:HEAD_BYTES], text_head(path)):
            reader.sniff(head, path)
        trace: Trace = reader.read(path)
    except TraceReadError as error:
        _check_refusal(error, path)
        return error.what
    check_trace(trace)
    if not _is_own(module, path):
        _check_told(trace)
    return trace


def _is_own(module: str, path: Path) -> bool:
    """Whether the file claims to be of our own writing: then it brings the counts of the import before."""
    if module == "perfetto":
        return any(b'"shift_ns"' in block.data for block in blocks(path, Stats()))
    return module in ("parquet", "capture_stream") or any(b'"lanescope"' in block for block in TextBlocks(path))


def _check_told(trace: Trace) -> None:
    """Whatever ends before it starts, or never, is counted."""
    told = trace.stats.count("negative_duration") + trace.stats.count("never_completed")
    assert not (trace.dur < 0).any() or told, "negative durations in silence"


def check_both_ways(path: Path) -> Trace | str:
    """Read Chrome JSON without the compiled scanner and with it: both give the same."""
    first, second = (_check_with("0", path), _check_with("1", path))
    if isinstance(first, Trace) and isinstance(second, Trace):
        assert _everything(first) == _everything(second), "the scanner gives another trace"
    else:
        assert first == second, "the scanner gives another message"
    return first


def check_native(path: Path) -> Trace | str:
    """Read a native file, its summary, and a stretch of it."""
    found = check_reader("parquet", path)
    with suppress(TraceReadError):
        whole = summarize(path).whole
        json.dumps(whole.to_json(), allow_nan=False)
    with suppress(TraceReadError), open_window_file(path) as file:
        if file is not None:
            check_trace(file.rows(0, 5))
            file.ranges()
    return found


def _check_with(compiled: str, path: Path) -> Trace | str:
    before = os.environ.get("LANESCOPE_COMPILED")
    os.environ["LANESCOPE_COMPILED"] = compiled
    try:
        return check_reader("chrome", path)
    finally:
        del os.environ["LANESCOPE_COMPILED"]
        if before is not None:
            os.environ["LANESCOPE_COMPILED"] = before


def check_columns(path: Path) -> Trace | str:
    """Read a Perfetto file packet by packet and as columns: both give the same."""
    first, second = (_check_columns_from(few, path) for few in (1 << 60, 1))
    if isinstance(first, Trace) and isinstance(second, Trace):
        assert _as_text(first) == _as_text(second), "the columns give another trace"
    else:
        assert first == second, "the columns give another message"
    return first


def _check_columns_from(few: int, path: Path) -> Trace | str:
    before = perfetto_bulk._FEW
    perfetto_bulk._FEW = few
    try:
        return check_reader("perfetto", path)
    finally:
        perfetto_bulk._FEW = before


def _as_text(trace: Trace) -> str:
    """All of a trace; as text, for a NaN is equal to nothing."""
    columns, rest, meta, _ = _everything(trace)
    rest |= {"stats": sorted(trace.stats), "tracks": sorted(map(str, trace.tracks))}
    return repr((columns, rest, meta))


def _everything(trace: Trace) -> Any:
    """All of a trace, however its names and tracks are numbered: what is not as usual is numbered when it is met."""
    columns = {name: column_of(trace, name) for name in COLUMNS}
    columns["track"] = [trace.tracks[number] for number in columns["track"]]
    rest = rest_of(trace)
    ts, track, value = rest["counters"]
    rest["counters"] = [ts, [trace.tracks[number] for number in track], value]
    rest["tracks"] = Counter(trace.tracks)
    return columns, rest, trace.meta, set(trace.names)


def check_table(load: Callable[[str], object], path: Path) -> object:
    """Read a TOML file that a person wrote; what it describes, or the message with which it is refused properly."""
    try:
        return load(str(path))
    except UsageError as error:
        _check_refusal(error, path)
        return error.what


def _check_refusal(error: LanescopeError, path: Path) -> None:
    assert error.where is not None
    assert error.where.startswith(str(path)), error.where
    assert error.remedy, str(error)
    assert error.what.strip()
    assert len(error.what) < LONGEST_MESSAGE, f"{len(error.what)} characters"


def check_trace(trace: Trace) -> None:
    """A trace points at nothing outside itself, its ends are times, and what describes it is JSON."""
    assert structural(trace) == []
    for track in trace.tracks:
        numbers = (track.pid, track.tid, track.device, track.context, track.stream)
        assert all(type(number) is int and -_LAST - 1 <= number <= _LAST for number in numbers), track
    json.dumps(trace.meta, allow_nan=False)
    json.dumps(trace.stats.to_json(), allow_nan=False)
    if len(trace):
        ends = [ts + dur for ts, dur in zip(trace.ts.tolist(), trace.dur.tolist(), strict=True)]
        assert max(ends) <= _LAST, "an end beyond int64"
