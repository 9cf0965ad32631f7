"""Bars that panels paint: shares of a whole, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.panels.colours import theme_of
from profiler.report.palette import Theme
from profiler.timeline.paint import Paint

Colour = Callable[[Theme], str]


def hidden(theme: Theme) -> str:
    """Colour of hidden copy time."""
    return theme.paint[Paint.HTOD]


def exposed(theme: Theme) -> str:
    """Colour of exposed copy time."""
    return theme.exposed


def computing(theme: Theme) -> str:
    """Colour of kernels."""
    return theme.paint[Paint.KERNEL]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: how much, in which colour."""

    value: float
    colour: Colour


class Bar(QWidget):
    """Parts of a whole from left to right; what is missing to the whole stays empty.

    Parameters
    ----------
    thickness : int
        Height, px.
    """

    def __init__(self, thickness: int = 10, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thickness = thickness
        self._parts: tuple[Part, ...] = ()
        self._whole = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_parts(self, parts: Sequence[Part], whole: float | None = None) -> None:
        """Show parts of ``whole``, by default of their sum."""
        self._parts = tuple(parts)
        self._whole = sum(part.value for part in parts) if whole is None else whole
        self.update()

    def sizeHint(self) -> QSize:
        """As thick as asked for."""
        return QSize(60, self._thickness)

    def minimumSizeHint(self) -> QSize:
        """Room to tell parts apart."""
        return QSize(24, self._thickness)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the parts, each that is not nothing at least a pixel wide."""
        painter = QPainter(self)
        try:
            self._draw(painter)
        finally:
            painter.end()

    def _draw(self, painter: QPainter) -> None:
        theme = theme_of(self)
        ground = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QColor(theme.rule))
        painter.setBrush(QColor(theme.lane))
        painter.drawRect(ground)
        draw_parts(painter, self.rect().adjusted(1, 1, -1, -1), self._parts, self._whole, theme)


def draw_parts(painter: QPainter, box: QRect, parts: Sequence[Part], whole: float, theme: Theme) -> None:
    """Draw parts of a whole into a box from left to right, each that is not nothing at least a pixel wide."""
    left, right = float(box.left()), box.left() + box.width()
    for part in parts if whole > 0 else ():
        if part.value <= 0:
            continue
        width = min(max(box.width() * part.value / whole, 1.0), right - left)
        painter.fillRect(QRectF(left, box.top(), width, box.height()), QColor(part.colour(theme)))
        left += width


class Swatch(QWidget):
    """A small square that says which colour something has in a bar."""

    def __init__(self, colour: Colour, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setFixedSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Fill it."""
        painter = QPainter(self)
        try:
            painter.fillRect(self.rect(), QColor(self._colour(theme_of(self))))
        finally:
            painter.end()
