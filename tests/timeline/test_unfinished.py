from __future__ import annotations

from profiler.timeline.model import Timeline
from profiler.timeline.viewport import Viewport
from profiler.trace.schema import Category, Severity, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import Rows
from tests.timeline.test_frame import pictured

MAIN = Track(TrackKind.THREAD, "main", 1, 1)
STREAM = Track(TrackKind.STREAM, "", 1, device=0, stream=7)


def cut_off(*, counted: bool = True) -> Trace:
    rows = Rows()
    rows.add("done", MAIN, 0, 1_000, Category.RUNTIME, pid=1)
    rows.add("open", MAIN, 5_000, -1, Category.RUNTIME, pid=1)
    rows.add("k", STREAM, 2_000, 1_000, Category.KERNEL, device=0, stream=7, pid=1)
    rows.add("never ended", STREAM, 8_000, -1, Category.KERNEL, device=0, stream=7, pid=1)
    rows.add("elsewhere", Track(TrackKind.THREAD, "no lane", 1, 2), 6_000, -1, Category.RUNTIME, pid=1)
    trace = rows.trace()
    if counted:
        trace.stats.add("never_completed", Severity.DATA_LOSS, 3)
    return trace


def test_what_never_ended_is_marked_where_it_began() -> None:
    timeline = Timeline(cut_off())
    frame, strips = pictured(timeline, Viewport(0, 10_000, 100))
    tops = {strip.node.title: round(y) for strip, y in strips}
    marks = frame.unfinished
    assert sorted(zip(marks.x.tolist(), marks.y.tolist(), marks.row.tolist(), strict=True)) == [
        (50, tops["main"], 1),
        (80, tops["stream 7"], 3),
    ]
    assert set(frame.boxes.row.tolist()) <= {0, 2}
    outside, _ = pictured(timeline, Viewport(0, 4_000, 100))
    assert len(outside.unfinished) == 0


def test_where_the_import_counted_none_nothing_is_looked_for() -> None:
    frame, _ = pictured(Timeline(cut_off(counted=False)), Viewport(0, 10_000, 100))
    assert len(frame.unfinished) == 0
