"""What is written on the timeline and in its tips: names of any kind, what is empty, what went wrong."""

from __future__ import annotations

import warnings

from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from gui.state.document import Document, Status
from gui.timeline.tips import as_tip, tip_lines
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Track
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import Rows, pipeline


def test_an_empty_window_and_documents_without_lanes_say_so(make: Make) -> None:
    stage = make()
    assert stage.widget.lane_report() == []
    stage.workspace.add(Document(title="still reading", status=Status.LOADING))
    broken = stage.workspace.add(Document(title="broken"))
    broken.fail("broken.json: line 3 is no JSON")
    stage.workspace.add(as_document(Rows().trace(), "nothing in it"))
    stage.settle()
    assert len([*stage.canvas.stack.headings(0, 900)]) == 3
    assert stage.widget.lane_report() == []


ODD = [
    "x" * 4000,
    "\u202eright to left",
    "👩‍💻 🚀 emoji",
    "line\nbreak\ttab",
    "<b>&amp;</b><script>alert(1)</script>",
    "",
    " ",
]


def test_odd_names_are_drawn_and_told_as_plain_text(make: Make) -> None:
    rows = Rows()
    for place, name in enumerate(ODD):
        track = Track(TrackKind.THREAD, name, 1, place)
        rows.add(name, track, place * 1_000, 900, Category.RUNTIME, pid=1)
    stage = make(as_document(rows.trace(), "<i>title</i>\u202e"), size=(1000, 700))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stage.widget.render_image()
    for row in range(len(ODD)):
        point = stage.point_of(row)
        lines = tip_lines(stage.canvas, point.toPointF())
        text = as_tip(lines)
        assert "<script" not in text
        assert "\u202e" not in text
        assert len(text) < 3000
        event = QHelpEvent(QEvent.Type.ToolTip, point, stage.canvas.mapToGlobal(point))
        QApplication.sendEvent(stage.canvas, event)
    QToolTip.hideText()


def test_a_tip_says_what_a_copy_is_and_why_it_is_exposed(stage: Stage) -> None:
    row = stage.row_of("HtoD")
    stage.document.exposed_row_causes = {row: "nothing else to do"}
    lines = tip_lines(stage.canvas, stage.point_of(row).toPointF())
    assert lines[0] == "HtoD"
    assert "exposed: nothing else to do" in lines
    assert any("GB/s" in line for line in lines)
    names = tip_lines(stage.canvas, stage.name_point("streams").toPointF())
    assert names[0] == "streams"
    assert "in 4 lanes" in names[1]


def test_a_heading_tells_the_whole_title_and_what_went_wrong(make: Make) -> None:
    document = as_document(pipeline(), "a very long title " * 30)
    document.message = "could not go on"
    stage = make(document)
    top = next(y for _, y in stage.canvas.stack.headings(0, 600))
    lines = tip_lines(stage.canvas, QPoint(200, round(top) + 10).toPointF())
    assert lines[0] == document.title[:300]
    assert lines[-1] == "could not go on"
