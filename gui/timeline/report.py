"""What is drawn, as plain values for those who read the window from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint

from profiler.timeline.measure import busy_ns, exposed_ns

if TYPE_CHECKING:
    from gui.timeline.canvas import Canvas
    from gui.timeline.picture import Drawn
    from gui.timeline.stack import Placed


def report_lanes(canvas: Canvas) -> list[dict[str, Any]]:
    """A row for every lane and folded group in sight, from top to bottom.

    ``rect`` is left, top, width and height in device pixels of the screen, as those of widgets are: of what is in
    sight of the lane, right of the names. ``busy_ns`` and ``exposed_ns`` are exact and of the seen stretch.
    """
    corner, ratio, column = canvas.mapToGlobal(QPoint(0, 0)), canvas.devicePixelRatioF(), canvas.column_px()
    left, above = corner.x() * ratio, corner.y() * ratio
    rows = []
    for drawn in canvas.drawn:
        for placed in drawn.placed:
            if placed.strip.rows and placed.strip.node.counter is None:
                top = max(placed.y, 0.0 if placed.pinned else canvas.stack.pinned_height)
                bottom = min(placed.bottom, float(canvas.height_px()))
                rect = [left + column, above + top, canvas.width_px() - column, max(bottom - top, 0.0)]
                rows.append(_row(drawn, placed) | {"rect": [round(value, 2) for value in rect]})
    return sorted(rows, key=lambda row: row["rect"][1])


def _row(drawn: Drawn, placed: Placed) -> dict[str, Any]:
    timeline, node, view = drawn.timeline, placed.strip.node, drawn.frame.viewport
    lanes = [timeline.lanes[number] for number in node.lanes()]
    numbers = [number for lane in node.lanes() for number in timeline.rows_of(lane)]
    return {
        "name": node.title,
        "kind": lanes[0].kind.name.lower() if not node.children else "group",
        "device": lanes[0].device if lanes and not node.children else None,
        "document": drawn.document.id,
        "letter": drawn.document.letter,
        "busy_ns": busy_ns(timeline, numbers, view.start_ns, view.end_ns),
        "exposed_ns": exposed_ns(timeline, numbers, view.start_ns, view.end_ns),
    }
