"""Painters of widgets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget


@contextmanager
def device_painter(widget: QWidget) -> Iterator[QPainter]:
    """A painter of a widget in device pixels; an exception that left it active would take the process down."""
    painter = QPainter(widget)
    try:
        painter.scale(1 / widget.devicePixelRatioF(), 1 / widget.devicePixelRatioF())
        yield painter
    finally:
        painter.end()
