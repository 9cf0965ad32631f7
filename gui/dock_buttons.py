"""The buttons in the titles of panels, in the colours of the theme: the style's own are black on any ground."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QDockWidget

from profiler.report.palette import Theme

#: Qt's names of the buttons, and what they do.
_BUTTONS = {
    "qt_dockwidget_closebutton": "Put this panel away; the Panels menu brings it back.",
    "qt_dockwidget_floatbutton": "Make this panel a window of its own, or put it back.",
}

_ICON_PX = 48


def wear(dock: QDockWidget, theme: Theme) -> None:
    """Draw the buttons of a panel in a theme's colours."""
    for name, tip in _BUTTONS.items():
        button = dock.findChild(QAbstractButton, name, Qt.FindChildOption.FindDirectChildrenOnly)
        if button is not None:
            button.setIcon(_icon(name, theme.text))
            button.setToolTip(tip)


def _icon(name: str, colour: str) -> QIcon:
    pixmap = QPixmap(_ICON_PX, _ICON_PX)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), _ICON_PX / 12))
        low, high = _ICON_PX * 0.22, _ICON_PX * 0.78
        if name == "qt_dockwidget_closebutton":
            painter.drawLine(round(low), round(low), round(high), round(high))
            painter.drawLine(round(low), round(high), round(high), round(low))
        else:
            side = (high - low) * 0.72
            painter.drawRect(QRectF(low, high - side, side, side))
            painter.drawPolyline(_behind(low, high, side))
    finally:
        painter.end()
    return QIcon(pixmap)


def _behind(low: float, high: float, side: float) -> list[QPointF]:
    """The edge of the second window, behind the first."""
    left, top = high - side, low
    return [
        QPointF(left, high - side),
        QPointF(left, top),
        QPointF(high, top),
        QPointF(high, low + side),
        QPointF(low + side, low + side),
    ]
