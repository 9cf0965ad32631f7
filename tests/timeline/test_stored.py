from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from profiler.analysis.overlap import analyze_devices
from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.io.shared_arrow import open_shared, write_shared
from profiler.timeline.frame import Frame
from profiler.timeline.model import Timeline
from profiler.timeline.stored import open_timeline, save_pieces, save_timeline
from profiler.timeline.viewport import Viewport
from profiler.trace.mapped import save
from profiler.trace.tables import Trace
from tests.timeline.synthetic import pipeline, random_trace
from tests.timeline.test_frame import pictured

TRACES = (
    "hta-sampled_rank-0.json.gz",
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "mordred-rtx6000-report1-old.sqlite",
    "nsysai-h100_2gpu_1s.sqlite",
    "trex-a100-resnet18-fp32.timing.json",
    "trex-a100-resnet18-int8qat.profile.json",
)


def assert_stored_equals_built(trace: Trace, folder: Path) -> None:
    """The stored timeline over the handed-over trace draws what the built one draws, at several zooms."""
    exposed = {one.device: (one.exposure.start, one.exposure.end) for one in analyze_devices(trace)}
    built = Timeline(trace, exposed)
    write_shared(trace, folder / "trace")
    save_timeline(built, folder / "timeline")
    save_pieces(built, folder / "pieces")
    handed_over = open_shared(folder / "trace")
    assert not len(open_timeline(folder / "timeline", handed_over).exposed.starts)
    stored = open_timeline(folder / "timeline", handed_over, pieces=folder / "pieces")
    assert stored.trace is not trace
    assert len(stored.lanes) == len(built.lanes)
    for one, other in zip(stored.lanes, built.lanes, strict=True):
        assert repr(replace(one, rows=())) == repr(replace(other, rows=()))
        assert [rows.tolist() for rows in one.rows] == [rows.tolist() for rows in other.rows]
    assert (stored.start_ns, stored.end_ns, stored.first_row) == (built.start_ns, built.end_ns, built.first_row)
    span = max(built.end_ns - built.start_ns, 10)
    for part in (1, 7, 200):
        for start in (built.start_ns, built.start_ns + span // 3):
            view = Viewport(start, start + max(span // part, 10), 500)
            frames = [pictured(one, view)[0] for one in (built, stored)]
            for parts in zip(*(_columns(frame) for frame in frames), strict=True):
                np.testing.assert_array_equal(*parts)
            assert frames[0].captions == frames[1].captions


def _columns(frame: Frame) -> Iterator[np.ndarray]:
    """Every array of a frame."""
    parts = (frame.waits, frame.lines, frame.boxes, frame.copies.outlines, frame.copies.bars, frame.copies.bands)
    for part in parts:
        yield from (getattr(part, column.name) for column in fields(part))


@pytest.mark.parametrize("seed", range(6))
def test_random_traces(seed: int, tmp_path: Path) -> None:
    assert_stored_equals_built(random_trace(seed, size=30 * 4**seed % 20_000, tracks=1 + seed * 3), tmp_path)


def test_a_pipeline_and_an_empty_trace(tmp_path: Path) -> None:
    assert_stored_equals_built(pipeline(), tmp_path)
    assert_stored_equals_built(Trace({}), tmp_path)


@pytest.mark.parametrize("name", TRACES)
def test_third_party_traces(name: str, tmp_path: Path, third_party_trace: Callable[[str], Path]) -> None:
    assert_stored_equals_built(read_trace(third_party_trace(name)), tmp_path)


def test_opening_copies_nothing(tmp_path: Path) -> None:
    trace = random_trace(1, size=20_000, tracks=2)
    save_timeline(Timeline(trace), tmp_path / "timeline")
    stored = open_timeline(tmp_path / "timeline", trace)
    for tables in stored.mipmap.maps:
        assert not tables.starts.flags.owndata
        assert not tables.rows.flags.owndata
    # Lanes and tables name the same rows; they are stored once.
    assert (tmp_path / "timeline").stat().st_size < stored.mipmap.nbytes + 10_000


def test_another_thing_is_no_timeline(tmp_path: Path) -> None:
    save(tmp_path / "file", [1])
    trace = random_trace(1, size=10)
    with pytest.raises(TraceReadError, match="no timeline"):
        open_timeline(tmp_path / "file", trace)
    save_timeline(Timeline(trace), tmp_path / "timeline")
    with pytest.raises(TraceReadError, match="no pieces"):
        open_timeline(tmp_path / "timeline", trace, pieces=tmp_path / "timeline")
    with pytest.raises(TraceReadError, match="10 slices, not of 20"):
        open_timeline(tmp_path / "timeline", random_trace(1, size=20))


def test_what_is_exposed_can_be_told_later() -> None:
    trace = pipeline()
    exposed = {one.device: (one.exposure.start, one.exposure.end) for one in analyze_devices(trace)}
    at_once, later = Timeline(trace, exposed), Timeline(trace).with_exposed(exposed)
    assert len(at_once.exposed.starts)
    for name in ("exposed", "hidden"):
        for column in ("offset", "starts", "ends", "row"):
            np.testing.assert_array_equal(*(getattr(getattr(one, name), column) for one in (at_once, later)))
