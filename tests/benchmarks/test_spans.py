"""The benchmark's data: the same every time, and the same in memory as in the file its peer reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.bench_overlap import communication_under_computation
from benchmarks.spans import STREAMS, as_trace, make_spans, write_profiler_json
from profiler.analysis.overlap import analyze_devices
from profiler.io import read_trace


def test_the_same_size_gives_the_same_slices() -> None:
    one, other = make_spans(5_000), make_spans(5_000)
    assert len(one) == 5_000
    assert (one.start == other.start).all()
    assert (one.name == other.name).all()


def test_slices_of_a_lane_do_not_overlap() -> None:
    spans = make_spans(5_000)
    for lane in np.unique(spans.lane):
        mine = spans.lane == lane
        start, end = spans.start[mine], (spans.start + spans.dur)[mine]
        assert (end[:-1] < start[1:]).all()


def test_the_file_of_the_peer_holds_the_trace_in_memory(tmp_path: Path) -> None:
    spans = make_spans(2_000)
    path = tmp_path / "rank0.json"
    write_profiler_json(spans, path)
    (ours,), (theirs,) = analyze_devices(as_trace(spans)), analyze_devices(read_trace(path))
    assert ours.kernels == theirs.kernels
    assert ours.streams == theirs.streams == STREAMS
    assert ours.hidden_ns == theirs.hidden_ns > 0
    assert ours.communication_kernels == theirs.communication_kernels > 0
    assert communication_under_computation(as_trace(spans)) == communication_under_computation(read_trace(path))
