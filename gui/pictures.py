"""What the timelines show, as a file: PNG from the window's own pixels, SVG from the same boxes, colours and labels."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator

from gui.timeline.widget import TimelineWidget
from gui.unattended import replace, save_image
from profiler.errors import UsageError


def save_view(timeline: TimelineWidget, path: Path) -> None:
    """Write exactly what is seen; the ending says the kind.

    Raises
    ------
    UsageError
        The ending is neither ``.png`` nor ``.svg``.
    OutputError
        The place cannot be written.
    """
    kind = path.suffix.lower()
    if kind == ".png":
        save_image(timeline.render_image(), path)
    elif kind == ".svg":
        replace(path, lambda name: _draw_svg(timeline, name))
    else:
        raise UsageError(f"{path.name!r} names no kind of picture", remedy="End it in .png or .svg.")


def _draw_svg(timeline: TimelineWidget, name: str) -> None:
    """Let the painters of ruler and lanes paint into a drawing instead of onto the screen."""
    ratio = timeline.devicePixelRatioF()
    ruler, canvas = timeline.ruler, timeline.canvas
    width, top, height = (round(side * ratio) for side in (canvas.width(), ruler.height(), canvas.height()))
    drawing = QSvgGenerator()
    drawing.setFileName(name)
    drawing.setTitle("Lanescope")
    drawing.setViewBox(QRect(0, 0, width, top + height))
    drawing.setSize(QSize(canvas.width(), ruler.height() + canvas.height()))
    painter = QPainter()
    if not painter.begin(drawing):
        raise OSError("the drawing could not be begun")
    try:
        ruler.paint_on(painter, width, top)
        painter.translate(0, top)
        canvas.paint_on(painter)
    finally:
        painter.end()
