"""Lines between matched operations of stacked timelines."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF

from gui.state.selection import Slice
from gui.timeline.joins import Join
from gui.timeline.tips import tip_lines
from profiler.report.palette import LIGHT
from profiler.timeline.paint import Paint
from profiler.units import format_difference_ns, format_ns
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.gui.timeline.pixels import canvas_pixels, rgb
from tests.timeline.synthetic import batch_one, pipeline


def joins_of(stage: Stage, *chosen: Slice) -> list[Join]:
    return stage.canvas._picture._joins.lines(stage.canvas.drawn, stage.canvas.column_px(), chosen)


def test_few_matched_operations_of_stacked_timelines_are_joined(make: Make) -> None:
    stage = make(as_document(pipeline(chunks=1, streams=1)), as_document(batch_one()), size=(1000, 900))
    joins = joins_of(stage)
    assert len(joins) == 5
    assert all(join.start.y() < join.end.y() for join in joins)
    first, second = stage.workspace
    for join in joins:
        assert first.trace.name_of(join.upper.row) == second.trace.name_of(join.lower.row)


def test_differences_of_matched_operations_are_drawn_and_told(make: Make) -> None:
    base = as_document(pipeline(chunks=1, streams=1), letter="A")
    stage = make(as_document(batch_one(), "shorter"), base, size=(1000, 900))
    joins = joins_of(stage)
    live = stage.document
    assert len(joins) == 5
    for join in joins:
        assert not join.base_is_upper
        assert join.delta_ns == int(live.trace.dur[join.upper.row]) - int(base.trace.dur[join.lower.row])
    painter = stage.canvas._picture._join_painter
    edges = float(stage.canvas.column_px()), float(stage.canvas.width_px())
    labels = painter.labels(joins, (), edges)
    assert labels
    plates = [plate for _, plate in labels]
    assert not any(one.intersects(other) for one in plates for other in plates if one is not other)
    assert all(edges[0] < plate.left() and plate.right() < edges[1] for plate in plates)
    middles = [plate.center().x() for plate in plates]
    for low, high in ((min(middles), edges[1]), (edges[0], max(middles))):
        moved = painter.labels(joins, (), (low, high))
        assert all(low < plate.left() and plate.right() < high for _, plate in moved), "whole where the lanes end"
    for join, plate in labels:
        ring = canvas_pixels(stage)[round(plate.top()), round(plate.left()) : round(plate.right())]
        wanted = LIGHT.exposed if join.delta_ns > 0 else LIGHT.paint[Paint.KERNEL]
        assert (ring == rgb(wanted)).sum() > len(ring) / 2
    row = stage.row_of("relu")
    told = tip_lines(stage.canvas, QPointF(stage.point_of(row)))
    other = next(join.lower.row for join in joins if join.upper.row == row)
    wanted_ns = int(live.trace.dur[row]) - int(base.trace.dur[other])
    assert told[-1] == f"in A {format_ns(int(base.trace.dur[other]))}, here {format_difference_ns(wanted_ns)}"
    assert format_difference_ns(wanted_ns).startswith("−")


def test_of_many_matched_operations_only_those_of_the_chosen_slice_are_joined(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.timeline.joins._MOST_LINES", 3)
    first = as_document(pipeline(chunks=1, streams=1))
    stage = make(first, as_document(batch_one()), size=(1000, 900))
    assert joins_of(stage) == []
    chosen = Slice(first.id, stage.row_of("relu"))
    assert [join.upper for join in joins_of(stage, chosen)] == [chosen]
