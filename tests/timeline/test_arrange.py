from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from profiler.timeline.arrange import Arrangement, StripKind, arrange
from profiler.timeline.lanes import Lane
from profiler.timeline.layout import Style
from profiler.timeline.model import Timeline
from profiler.timeline.tree import Node, device_title, lane_tree
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.timeline.synthetic import US, Rows, pipeline


@dataclass(frozen=True)
class Chosen:
    folded: frozenset[str] = frozenset()
    unfolded: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    pinned: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    heights: tuple[tuple[str, float], ...] = ()
    pattern: str = ""
    gpu: int | None = None


@dataclass
class Case:
    timeline: Timeline
    tree: tuple[Node, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.tree = lane_tree(self.timeline.trace, self.timeline.lanes)

    def arranged(self, **choices: object) -> Arrangement:
        return arrange(self.tree, self.timeline.lanes, Chosen(**choices), Style())

    def key(self, title: str) -> str:
        return next(node.key for top in self.tree for node in top.walk() if node.title == title)


@pytest.fixture
def case() -> Case:
    return Case(Timeline(pipeline()))


def titles(arrangement: Arrangement) -> list[tuple[int, str]]:
    return [(strip.level, strip.node.title) for strip in arrangement.strips]


def many_streams(count: int) -> Case:
    rows = Rows()
    for stream in range(count):
        track = Track(TrackKind.STREAM, "", pid=1, device=0, stream=stream)
        rows.add("k", track, stream * US, US, Category.KERNEL, device=0, stream=stream, pid=1, context=1)
    return Case(Timeline(rows.trace()))


def test_engines_and_streams_stand_under_their_gpu_and_threads_under_their_process(case: Case) -> None:
    assert titles(case.arranged()) == [
        (0, "GPU 0 · Simulated GPU"),
        (1, "HtoD"),
        (1, "compute"),
        (1, "DtoH"),
        (1, "streams"),
        (2, "stream 0"),
        (2, "stream 1"),
        (2, "stream 2"),
        (2, "stream 3"),
        (0, "Host"),
        (1, "issue thread"),
        (1, "requests"),
        (1, "waits"),
    ]


def test_strips_follow_each_other_without_overlap_and_are_found_by_height(case: Case) -> None:
    arrangement = case.arranged()
    strips = arrangement.strips
    assert strips[0].y == 0
    assert all(above.bottom <= below.y for above, below in pairwise(strips))
    assert arrangement.height == strips[-1].bottom
    for top in np.linspace(-50, arrangement.height + 50, 23):
        bottom = top + 60
        seen = [strip for strip in strips if strip.bottom > top and strip.y < bottom]
        assert list(arrangement.between(top, bottom)) == seen


def test_a_folded_group_is_one_row_and_hides_what_is_in_it(case: Case) -> None:
    arrangement = case.arranged(folded=frozenset({case.key("streams")}))
    strip = next(strip for strip in arrangement.strips if strip.node.title == "streams")
    assert (strip.kind, strip.rows) == (StripKind.FOLDED, 1)
    assert sorted(case.timeline.lanes[lane].name for lane in strip.node.lanes()) == [f"stream {n}" for n in range(4)]
    assert not [title for _, title in titles(arrangement) if title.startswith("stream ")]


def test_of_several_timelines_only_the_engines_start_open(case: Case) -> None:
    arrangement = arrange(case.tree, case.timeline.lanes, Chosen(), Style(), compact=True)
    assert titles(arrangement) == [
        (0, "GPU 0 · Simulated GPU"),
        (1, "HtoD"),
        (1, "compute"),
        (1, "DtoH"),
        (1, "streams"),
        (0, "Host"),
    ]
    opened = Chosen(unfolded=frozenset({case.key("Host")}))
    assert "requests" in [
        strip.node.title for strip in arrange(case.tree, case.timeline.lanes, opened, Style(), compact=True).strips
    ]


def test_pinned_lanes_stand_first_in_their_order_and_not_twice(case: Case) -> None:
    wanted = (case.key("stream 2"), case.key("compute"))
    arrangement = case.arranged(pinned=wanted)
    assert [strip.node.title for strip in arrangement.pinned] == ["stream 2", "compute"]
    assert arrangement.pinned[0].y == 0
    assert arrangement.pinned_height == arrangement.pinned[-1].bottom
    rest = [title for _, title in titles(arrangement)]
    assert "compute" not in rest
    assert "stream 2" not in rest
    assert "stream 1" in rest


def test_hidden_lanes_are_gone_and_so_is_a_group_with_nothing_left(case: Case) -> None:
    streams = frozenset(case.key(f"stream {number}") for number in range(4))
    rest = [title for _, title in titles(case.arranged(hidden=streams | {case.key("HtoD")}))]
    assert rest[:3] == ["GPU 0 · Simulated GPU", "compute", "DtoH"]
    assert "streams" not in rest


def test_siblings_stand_as_they_were_dragged(case: Case) -> None:
    order = tuple(case.key(title) for title in ("DtoH", "HtoD", "compute"))
    assert [title for level, title in titles(case.arranged(order=order)) if level == 1][:3] == [
        "DtoH",
        "HtoD",
        "compute",
    ]


def test_a_lane_grows_by_its_factor(case: Case) -> None:
    key = case.key("DtoH")
    heights = {strip.node.key: strip.height for strip in case.arranged(heights=((key, 2.0),)).strips}
    plain = {strip.node.key: strip.height for strip in case.arranged().strips}
    assert heights[key] == 2 * plain[key]
    assert {name for name in plain if plain[name] != heights[name]} == {key}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("stream [13]", ["stream 1", "stream 3"]),
        ("HTOD", ["HtoD"]),
        ("stream 1(", []),
        ("(", []),
        ("dtoh|issue", ["DtoH", "issue thread"]),
    ],
)
def test_a_filter_keeps_the_lanes_it_finds_and_their_groups(case: Case, pattern: str, found: list[str]) -> None:
    arrangement = case.arranged(pattern=pattern)
    lanes = [strip.node.title for strip in arrangement.strips if strip.node.lane >= 0]
    assert lanes == found


def test_many_streams_start_folded_and_open_when_asked_or_filtered() -> None:
    case = many_streams(323)
    arrangement = case.arranged()
    group = next(strip for strip in arrangement.strips if strip.node.title == "streams")
    assert group.kind == StripKind.FOLDED
    assert len(list(group.node.lanes())) == 323
    assert len(case.arranged(unfolded=frozenset({group.node.key})).strips) == len(arrangement.strips) + 323
    found = [strip.node.title for strip in case.arranged(pattern="stream 30.").strips if strip.node.lane >= 0]
    assert found == [f"stream {number}" for number in range(300, 310)]


def test_keys_are_unique_and_the_same_for_the_same_trace(case: Case) -> None:
    keys = [node.key for top in case.tree for node in top.walk()]
    assert len(set(keys)) == len(keys)
    again = Case(Timeline(pipeline()))
    assert keys == [node.key for top in again.tree for node in top.walk()]


def test_processes_and_contexts_are_told_apart() -> None:
    rows = Rows()
    for pid in (4, 5):
        stream = Track(TrackKind.STREAM, "", pid=pid, device=0, context=pid, stream=7)
        rows.add("k", stream, 10 * pid, 10, Category.KERNEL, device=0, stream=7, pid=pid, context=pid)
        rows.add("call", Track(TrackKind.THREAD, f"main {pid}", pid, 1), 10 * pid, 10, Category.RUNTIME, pid=pid)
        rows.add("range", Track(TrackKind.THREAD, f"main {pid}", pid, 1), 10 * pid, 10, Category.MARKER, pid=pid)
    case = Case(Timeline(rows.trace()))
    assert titles(case.arranged()) == [
        (0, "GPU 0"),
        (1, "compute"),
        (1, "context 4 · process 4"),
        (2, "stream 7 (1)"),
        (1, "context 5 · process 5"),
        (2, "stream 7 (2)"),
        (0, "Process 4"),
        (1, "main 4"),
        (1, "main 4 ranges"),
        (0, "Process 5"),
        (1, "main 5"),
        (1, "main 5 ranges"),
    ]


def test_a_device_without_a_number_or_a_sound_description_has_a_title() -> None:
    rows = Rows()
    rows.add("k", Track(TrackKind.STREAM, "s"), 0, 10, Category.KERNEL)
    assert device_title(rows.trace(), -1) == "GPU"
    assert device_title(rows.trace(gpus=["odd"]), 0) == "GPU 0"


def test_only_rows_in_sight_of_a_deep_lane_are_asked_for() -> None:
    rows = Rows()
    track = Track(TrackKind.THREAD, "deep", 1, 1)
    for depth in range(40):
        rows.add(f"call {depth}", track, depth, 1000 - 2 * depth, Category.RUNTIME, pid=1)
    case = Case(Timeline(rows.trace()))
    strip = case.arranged().strips[1]
    assert strip.rows == 40
    for top in (strip.y - 30, strip.y, strip.y + 100, strip.bottom - 5, strip.bottom + 40):
        seen = [row for row in range(40) if strip.row_y(row) + strip.pitch_px > top and strip.row_y(row) <= top + 50]
        assert list(strip.rows_between(top, top + 50)) == seen


def two_ranks() -> Case:
    """Two processes, each with its own GPU and a thread that launches to it."""
    rows = Rows()
    for rank in (0, 1):
        stream = Track(TrackKind.STREAM, "", pid=rank + 10, device=rank, stream=7)
        thread = Track(TrackKind.THREAD, "main", pid=rank + 10, tid=1)
        rows.add("k", stream, US, US, Category.KERNEL, device=rank, stream=7, pid=rank + 10, context=1)
        rows.add("cudaLaunchKernel", thread, 0, US, Category.RUNTIME, pid=rank + 10)
    return Case(Timeline(rows.trace()))


def test_one_gpu_is_shown_alone_with_the_process_that_uses_it() -> None:
    case = two_ranks()
    tops = [top.key for top in case.tree]
    assert tops == ["gpu:0", "gpu:1", "host:10", "host:11"]

    def shown(**choices: object) -> list[str]:
        return [strip.node.key for strip in case.arranged(**choices).strips if not strip.level]

    assert shown(gpu=1) == ["gpu:1", "host:11"]
    assert shown(gpu=0) == ["gpu:0", "host:10"]
    assert shown(gpu=None) == shown(gpu=5) == tops, "a GPU that is not there hides nothing"
    alone = case.arranged(gpu=1, pattern="stream")
    assert [strip.node.title for strip in alone.strips if strip.node.lane >= 0] == ["stream 7"]


def test_pinned_lanes_of_another_gpu_are_not_shown_beside_one_alone() -> None:
    case = two_ranks()
    stream = next(node.key for node in case.tree[0].walk() if node.lane >= 0)
    assert [strip.node.key for strip in case.arranged(pinned=(stream,)).pinned] == [stream]
    assert not case.arranged(pinned=(stream,), gpu=1).pinned


def test_a_tree_of_many_processes_looks_at_each_lane_a_few_times() -> None:
    looks = 0

    class Looked:
        """A lane that counts who asks where it belongs."""

        def __init__(self, lane: Lane) -> None:
            self._lane = lane

        def __getattr__(self, name: str) -> object:
            nonlocal looks
            looks += 1
            return getattr(self._lane, name)

    rows = Rows()
    for pid in range(200):
        rows.add("call", Track(TrackKind.THREAD, "main", pid=pid, tid=pid), 0, US, Category.RUNTIME, pid=pid)
        stream = Track(TrackKind.STREAM, "", pid=pid, device=pid, stream=7)
        rows.add("k", stream, US, US, Category.KERNEL, device=pid, stream=7, pid=pid, context=1)
    timeline = Timeline(rows.trace())
    tree = lane_tree(timeline.trace, [Looked(lane) for lane in timeline.lanes])
    assert [node.key for node in tree] == [f"{kind}:{number}" for kind in ("gpu", "host") for number in range(200)]
    assert looks < 40 * len(timeline.lanes)
