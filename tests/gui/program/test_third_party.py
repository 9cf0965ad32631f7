"""Other people's traces in the window: the lanes of `info`, the figures of `analyze`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from profiler.analysis.analyze import analyze
from profiler.io import read_trace
from profiler.timeline.keys import LaneKind
from profiler.trace.schema import DEVICE_CATEGORIES, TrackKind
from profiler.trace.select import countable
from profiler.trace.tables import Trace
from tests.gui.program.conftest import Start

TRACES = (
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
    "trex-a100-resnet18-int8qat.timing.json",
    "trex-a100-resnet18-int8qat.profile.json",
)


@pytest.mark.parametrize("name", TRACES)
def test_the_window_says_what_the_commands_say(
    name: str, start: Start, third_party_trace: Callable[[str], Path]
) -> None:
    path = third_party_trace(name)
    application = start(path)
    (document,) = application.session.workspace
    trace = read_trace(path)
    wanted = analyze(trace).to_json()
    assert {**document.figures, "file": ""} == {**wanted, "file": ""}
    assert document.span_ns > 0
    assert _streams(document.timeline) == _streams_of(trace)
    assert application.window is not None
    report = application.window.report()
    assert report["lanes"]


def _streams(timeline: Any) -> Counter[tuple[int, int, int]]:
    """Slices of each stream lane of a window, by device, context and stream."""
    lanes = [lane for lane in timeline.lanes if lane.kind == LaneKind.STREAM]
    return Counter({(lane.device, lane.context, lane.stream, lane.name): len(lane) for lane in lanes})


def _streams_of(trace: Trace) -> Counter[tuple[int, int, int]]:
    """The same from the tracks that `info` lists, counted row by row."""
    counts: Counter[Any] = Counter()
    keep = countable(trace)
    for row in range(len(trace)):
        if keep[row] and trace.category[row] in DEVICE_CATEGORIES:
            track = trace.tracks[int(trace["track"][row])]
            if track.kind == TrackKind.STREAM:
                stream = int(trace["stream"][row])
                counts[int(trace["device"][row]), int(trace["context"][row]), stream, track.name] += 1
    return counts
