"""Pictures of traces that others captured: as many lanes and slices as there are, each as busy as it is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from profiler.io.registry import read_trace
from profiler.report.exposed import exposed_spans
from profiler.timeline.arrange import StripKind, arrange
from profiler.timeline.frame import make_frame
from profiler.timeline.keys import LaneKind
from profiler.timeline.layout import Style
from profiler.timeline.measure import busy_ns
from profiler.timeline.model import Timeline
from profiler.timeline.tree import lane_tree
from profiler.timeline.viewport import Viewport
from profiler.trace.select import countable
from tests.timeline.test_arrange import Chosen
from tests.timeline.test_frame import filled, fit

FILES = (
    "cke-gtx950-6streams-nvprof_gputrace.csv",
    "flameox-rtx3060-nsight-2025.5.2.sqlite",
    "hta-a100-event_sync_multi_stream.json.gz",
    "hta-a100-trace_diff-control.json.gz",
    "hta-sampled_rank-0.json.gz",
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "mordred-rtx6000-report1-old.sqlite",
    "nsightful-t4-power_iteration.chrome.json",
    "nsightful-t4-power_iteration.sqlite",
    "nsysai-h100_2gpu_1s.sqlite",
    "tracelens-b200-eager_trace.json.gz",
    "tracelens-mi300-resnet_act_checkpoint.json.gz",
    "trex-a100-resnet18-fp32.timing.json",
    "trex-a100-resnet18-int8qat.profile.json",
    "trex-a100-resnet18-int8qat.timing.json",
)


@lru_cache(maxsize=2)
def opened(path: Path) -> Timeline:
    trace = read_trace(path)
    return Timeline(trace, exposed_spans(trace))


@pytest.fixture(params=FILES)
def timeline(request: pytest.FixtureRequest, third_party_trace: Callable[[str], Path]) -> Timeline:
    return opened(third_party_trace(request.param))


def test_every_slice_with_a_place_in_time_stands_in_a_lane(timeline: Timeline) -> None:
    seen = np.unique(np.concatenate([tables.rows for tables in timeline.mipmap.maps]))
    assert seen.tolist() == np.flatnonzero(countable(timeline.trace)).tolist()
    keys = [node.key for top in lane_tree(timeline.trace, timeline.lanes) for node in top.walk()]
    assert len(set(keys)) == len(keys)
    drawn = [lane for top in lane_tree(timeline.trace, timeline.lanes) for lane in top.lanes()]
    assert sorted(drawn) == list(range(len(timeline.lanes)))


@pytest.mark.parametrize("zoom", [1, 10, 300])
def test_the_drawn_busy_share_of_every_lane_is_the_exact_one(timeline: Timeline, zoom: int) -> None:
    whole, width = timeline.end_ns - timeline.start_ns, 1400
    start = timeline.start_ns + (whole // 3 if zoom > 1 else 0)
    view = Viewport(start, start + max(whole // zoom, 100), width)
    tree = lane_tree(timeline.trace, timeline.lanes)
    every = frozenset(node.key for top in tree for node in top.walk())
    arrangement = arrange(tree, timeline.lanes, Chosen(unfolded=every), Style())
    edges, _ = view.grid()
    for first in range(0, len(arrangement.strips), 40):
        strips = [(strip, strip.y) for strip in arrangement.strips[first : first + 40]]
        frame = make_frame(timeline, strips, view, Style(), fit, arrangement.height)
        for strip, y in strips:
            if strip.kind == StripKind.LANE:
                for depth, number in enumerate(timeline.rows_of(strip.node.lane)):
                    exact = busy_ns(timeline, [number], int(edges[0]), int(edges[-1])) / int(edges[-1] - edges[0])
                    drawn = filled(frame, round(y + depth * strip.pitch_px), len(edges) - 1).mean()
                    assert drawn == pytest.approx(exact, abs=0.005), (strip.node.title, depth)


def test_calls_stand_below_their_callers(timeline: Timeline) -> None:
    trace = timeline.trace
    for lane in timeline.lanes:
        if lane.kind not in (LaneKind.HOST, LaneKind.MARKER):
            continue
        depth = {row: number for number, rows in enumerate(lane.rows) for row in rows.tolist()}
        running: list[tuple[int, int]] = []
        misplaced = 0
        for row in sorted(depth, key=lambda row: (int(trace.ts[row]), -int(trace.dur[row]))):
            start = int(trace.ts[row])
            end = start + max(int(trace.dur[row]), 1)
            running = [(until, number) for until, number in running if until > start]
            caller = next((number for until, number in reversed(running) if until >= end), -1)
            misplaced += depth[row] <= caller
            running.append((end, depth[row]))
        assert not misplaced, lane.name
