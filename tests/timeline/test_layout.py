from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import Lane, build_lanes
from profiler.timeline.layout import Style, stack_lanes
from profiler.trace.schema import Engine
from tests.timeline.synthetic import pipeline, random_trace

STYLE = Style()


def lane(rows: int, kind: LaneKind = LaneKind.STREAM, device: int = 0, engine: Engine = Engine.NONE) -> Lane:
    return Lane("lane", kind, device, -1, engine, tuple(np.array([row], np.int32) for row in range(rows)))


def test_lanes_of_a_pipeline_stand_where_they_should() -> None:
    layout = stack_lanes(build_lanes(pipeline(streams=2)), STYLE)
    assert [(place.lane.name, place.y, place.height) for place in layout.lanes] == [
        ("HtoD", 22, 24),
        ("compute", 58, 24),
        ("DtoH", 94, 24),
        ("stream 0", 126, 16),
        ("stream 1", 147, 16),
        ("issue thread", 193, 14),
        ("requests", 215, 14),
        ("waits", 237, 12),
    ]
    assert [(section.device, section.y) for section in layout.sections] == [(0, 0), (-1, 171)]
    assert layout.height == 249
    assert layout.lanes_left_out == 0


@pytest.mark.parametrize(
    ("rows", "tops", "height"), [(1, 1, 16), (2, 2, 13), (6, 6, 13), (7, 7, 6), (12, 12, 6), (30, 12, 6)]
)
def test_rows_get_slimmer_as_there_are_more(rows: int, tops: int, height: float) -> None:
    (place,) = stack_lanes([lane(rows)], STYLE, sections=False).lanes
    assert (len(place.row_tops), place.row_height, place.rows_left_out) == (tops, height, rows - tops)


def test_lanes_without_room_are_counted_and_the_first_is_always_drawn() -> None:
    lanes = [lane(1) for _ in range(10)]
    layout = stack_lanes(lanes, STYLE, max_height=60, sections=False)
    assert (len(layout.lanes), layout.lanes_left_out) == (3, 7)
    assert layout.height <= 60
    assert len(stack_lanes(lanes, STYLE, max_height=1).lanes) == 1


def test_a_heading_that_would_stand_alone_is_left_out() -> None:
    layout = stack_lanes([lane(1), lane(1, LaneKind.HOST, -1)], STYLE, max_height=50)
    assert [section.device for section in layout.sections] == [0]


def test_no_lanes_take_no_room() -> None:
    assert stack_lanes([], STYLE).height == 0


@given(st.integers(0, 10**6), st.integers(1, 200), st.floats(50, 800))
def test_nothing_overlaps(seed: int, size: int, room: float) -> None:
    lanes = build_lanes(random_trace(seed, size=size))
    layout = stack_lanes(lanes, STYLE, max_height=room)
    edges = [edge for place in layout.lanes for top in place.row_tops for edge in (top, top + place.row_height)]
    assert edges == sorted(edges)
    assert edges[-1] == layout.height
    assert len(layout.lanes) + layout.lanes_left_out == len(lanes)
    for section in layout.sections:
        assert all(
            place.y >= section.y + section.height or place.y + place.height <= section.y for place in layout.lanes
        )
