"""Files that Lanescope writes, as Perfetto's own trace processor reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from profiler.io import read_trace, write_trace
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, EdgeKind, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.helpers.trace_processor import ask

#: Per name, in one query: how many slices, and the sum of their lengths.
BY_NAME = "SELECT coalesce(name, ''), count(*), sum(dur) FROM slice WHERE dur >= 0 GROUP BY 1"
TROUBLE = "SELECT name, value FROM stats WHERE value > 0 AND severity IN ('error', 'data_loss')"
COUNTERS = "SELECT count(*), sum(value) FROM counter"

NAMES = (
    "hta-a100-trace_diff-control.json.gz",
    "hta-sampled_rank-0.json.gz",
    "nsightful-t4-power_iteration.chrome.json",
)


def sample() -> Trace:
    """Slices that overlap, nest, touch, have no length, or start as others end; copies, calls, arrows and a counter."""
    builder = TraceBuilder()
    builder.meta["gpus"] = {"0": {"name": "a GPU"}}
    main = Track(TrackKind.THREAD, "main", pid=40, tid=41)
    stream = Track(TrackKind.STREAM, "stream 7", pid=40, device=0, context=1, stream=7)
    load = Track(TrackKind.COUNTER, "load", pid=40)
    base = 1_700_000_000_000_000_000
    for name, start, dur in (
        ("a", 0, 100), ("b", 50, 100), ("inner", 60, 10), ("b", 150, 0), ("zero", 150, 0), ("c", 150, 7),
        ("twin", 200, 9), ("twin", 200, 9), ("long", 210, 2**40 + 1),
    ):  # fmt: skip
        builder.add(
            ts=base + start, dur=dur, category=Category.KERNEL, name=f"kernel {name}", track=stream, pid=40, device=0,
            stream=7, correlation_id=start,
        )  # fmt: skip
    builder.add(
        ts=base + 20, dur=33, category=Category.MEMCPY, name="Memcpy HtoD (Pinned -> Device)", track=stream, pid=40,
        device=0, stream=7, size_bytes=4096, memcpy_kind=MemcpyKind.HTOD, args='{"rate":1.5}',
    )  # fmt: skip
    call = builder.add(ts=base - 10, dur=5, category=Category.RUNTIME, name="cudaLaunchKernel", track=main, pid=40)
    builder.add(ts=base - 20, dur=9, category=Category.MARKER, name="k[/foo]<a>\u2028", track=main, pid=40)
    builder.add_edge(call, 0, EdgeKind.LAUNCH)
    builder.add_counters(np.array([base, base + 5]), builder.track(load), np.array([1.5, 2.25]))
    return builder.build()


def expected(trace: Trace) -> Counter[tuple[str, int, int]]:
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for row in np.flatnonzero(trace.dur >= 0).tolist():
        counts[trace.name_of(row)] += 1
        sums[trace.name_of(row)] += int(trace.dur[row])
    return Counter((name, count, sums[name]) for name, count in counts.items())


@pytest.mark.parametrize("ending", [".json", ".pftrace"])
def test_every_slice_with_its_exact_length(ending: str, tmp_path: Path) -> None:
    trace = sample()
    write_trace(trace, tmp_path / f"t{ending}")
    slices, trouble, counters, flows = ask(
        tmp_path / f"t{ending}", BY_NAME, TROUBLE, COUNTERS, "SELECT count(*) FROM flow"
    )
    assert trouble == []
    assert Counter(slices) == expected(trace)
    assert (counters, flows) == ([(2, 3.75)], [(1,)])


def test_chrome_json_keeps_the_nanoseconds_of_times_since_1970(tmp_path: Path) -> None:
    """As microseconds in a float64 they would be multiples of 250 ns."""
    trace = sample()
    write_trace(trace, tmp_path / "t.json")
    base = json.loads((tmp_path / "t.json").read_text())["baseTimeNanoseconds"]
    starts = ask(tmp_path / "t.json", "SELECT name, ts, dur FROM slice")[0]
    assert Counter((name, ts + base, dur) for name, ts, dur in starts) == Counter(
        (trace.name_of(row), int(trace.ts[row]), int(trace.dur[row])) for row in range(len(trace))
    )
    assert read_trace(tmp_path / "t.json").ts.tolist() == trace.ts.tolist()


def test_protobuf_keeps_times_tracks_and_arguments(tmp_path: Path) -> None:
    trace = sample()
    write_trace(trace, tmp_path / "t.pftrace")
    starts, threads, args, parents = ask(
        tmp_path / "t.pftrace",
        "SELECT name, ts, dur FROM slice",
        "SELECT pid, tid, thread.name FROM thread JOIN process USING (upid) WHERE tid = 41",
        "SELECT key, int_value, string_value, real_value FROM slice JOIN args USING (arg_set_id) "
        "WHERE name GLOB 'Memcpy*'",
        "SELECT DISTINCT parent.name FROM slice JOIN track ON slice.track_id = track.id "
        "JOIN track parent ON track.parent_id = parent.id WHERE slice.name GLOB 'kernel*'",
    )
    assert Counter(starts) == Counter(
        (trace.name_of(row), int(trace.ts[row]), int(trace.dur[row])) for row in range(len(trace))
    )
    assert threads == [(40, 41, "main")]
    found = {key: next(value for value in values if value is not None) for key, *values in args}
    assert found["debug.bytes"] == 4096
    assert found["debug.memcpy_kind"] == "htod"
    assert found["debug.rate"] == 1.5
    assert parents == [("GPU 0: a GPU",)]


@pytest.mark.parametrize("ending", [".json", ".pftrace"])
@pytest.mark.parametrize("name", NAMES)
def test_third_party_traces(name: str, ending: str, third_party_trace: Callable[[str], Path], tmp_path: Path) -> None:
    trace = read_trace(third_party_trace(name))
    write_trace(trace, tmp_path / f"t{ending}")
    slices, trouble = ask(tmp_path / f"t{ending}", BY_NAME, TROUBLE)
    assert trouble == []
    assert Counter(slices) == expected(trace)


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    trace = sample()
    longer = trace.dur.copy()
    longer[0] += 1
    write_trace(trace.with_columns({"dur": longer}), tmp_path / "t.pftrace")
    assert Counter(ask(tmp_path / "t.pftrace", BY_NAME)[0]) != expected(trace)
