"""The project's colours for what a panel paints itself."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QWidget

from profiler.report.palette import DARK, LIGHT, Theme
from profiler.timeline.paint import Paint


def theme_of(widget: QWidget) -> Theme:
    """The theme that goes with a widget's palette."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def paint_colour(widget: QWidget, paint: Paint) -> QColor:
    """The colour of a kind of work."""
    return QColor(theme_of(widget).paint[paint])


def exposed_colour(widget: QWidget) -> QColor:
    """The colour of exposed copies."""
    return QColor(theme_of(widget).exposed)
