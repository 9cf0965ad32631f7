"""What is said where the pointer rests on the canvas; always plain text."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip

from gui.state.selection import Slice
from gui.timeline.canvas import Canvas
from gui.timeline.names import note_of
from gui.timeline.stack import Placed
from profiler.report.escape import visible
from profiler.report.slice_text import slice_lines
from profiler.timeline.arrange import StripKind
from profiler.units import format_difference_ns, format_ns

#: Letters of a line of a tip that is never broken.
_WHOLE = 90


def show_tip(canvas: Canvas, event: QHelpEvent) -> None:
    """Show what there is to say of what is under the pointer, or nothing."""
    lines = tip_lines(canvas, QPointF(event.pos()))
    if lines:
        QToolTip.showText(event.globalPos(), as_tip(lines), canvas)
    else:
        QToolTip.hideText()


def as_tip(lines: list[str]) -> str:
    """Lines of any text as a tooltip: escaped, so that nothing in them is taken for markup."""
    safe = [escape(visible(line)) for line in lines]
    lines = [f"<b>{safe[0]}</b>", *(_kept_together(line) for line in safe[1:])]
    return "<qt>" + "<br>".join(lines) + "</qt>"


def _kept_together(line: str) -> str:
    """Qt breaks lines of markup to a narrow column: one that is short enough stays whole."""
    return f'<span style="white-space: nowrap">{line}</span>' if len(line) <= _WHOLE else line


def tip_lines(canvas: Canvas, position: QPointF) -> list[str]:
    """What is said of a slice, of a lane's name, or of a folded group."""
    found = canvas.slice_at(position)
    document = canvas.workspace.find(found.document) if found is not None else None
    if found is not None and document is not None and document.timeline is not None:
        cause = (document.exposed_row_causes or {}).get(found.row, "")
        return slice_lines(document.timeline, found.row, cause=cause) + _matched_lines(canvas, found)
    placed = canvas.strip_at(position)
    return _lane_lines(placed) if placed is not None else _heading_lines(canvas, position)


def _matched_lines(canvas: Canvas, found: Slice) -> list[str]:
    """How long the same operation takes in the timelines above and below."""
    lines = []
    for join in canvas.joins_of(found):
        other = join.lower if join.upper == found else join.upper
        document = canvas.workspace.find(other.document)
        if document is not None and document.trace is not None:
            length = int(document.trace.dur[other.row])
            is_base = join.base_is_upper == (join.upper == other)
            change = format_difference_ns(join.delta_ns if is_base else -join.delta_ns)
            name = document.letter or document.title[:60] or "the other timeline"
            lines.append(f"in {name} {format_ns(length)}, here {change}")
    return lines


def _heading_lines(canvas: Canvas, position: QPointF) -> list[str]:
    """The whole title of a document, its file, its figures, and what is going on with it."""
    document = canvas.title_at(position)
    if document is None:
        return []
    lines = [document.title[:300] or "untitled", document.path, note_of(document), document.message[:600]]
    return [line for line in lines if line]


def _lane_lines(placed: Placed) -> list[str]:
    timeline, node = placed.document.timeline, placed.strip.node
    if timeline is None:
        return []
    if node.counter is not None:
        return [node.title[:300], "the mean of each pixel; the height is that of the greatest value of all"]
    lanes = [timeline.lanes[number] for number in node.lanes()]
    count = sum(map(len, lanes))
    lines = [node.title[:300], f"{count:,} slices" + (f" in {len(lanes)} lanes" if node.children else "")]
    if placed.strip.kind == StripKind.FOLDED:
        lines.append("folded: as dense as its lanes are busy together")
    return lines
