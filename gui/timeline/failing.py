"""What stands in place of a picture that cannot be painted."""

from __future__ import annotations

from PySide6.QtGui import QPainter

from gui.timeline.look import Look
from gui.timeline.texts import Texts
from profiler.report.escape import visible

_LETTERS = 300


def paint_failure(painter: QPainter, look: Look, width: int, height: int, error: Exception) -> None:
    """Say in one line, on clear ground, what went wrong; the painter is in device pixels."""
    painter.fillRect(0, 0, width, height, look.background)
    said = visible(str(error).strip().split("\n", 1)[0][:_LETTERS])
    texts = Texts(look.note_font)
    line = texts.cut(f"The lanes cannot be drawn: {type(error).__name__}: {said}", width - look.px(16))
    painter.setFont(look.note_font)
    painter.setPen(look.text)
    texts.draw(painter, (width - texts.measure(line)) / 2, height / 2, line)
