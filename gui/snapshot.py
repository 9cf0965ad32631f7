"""What the window shows, as plain values: for ``lanescope view --state`` and for tests that look from outside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QDockWidget,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTabBar,
    QToolButton,
    QWidget,
)

#: A widget with this property set shortens its text by itself and shows all of it on hover.
ELIDES = "elides"

#: Texts are kept to this many characters.
_LONGEST = 400

#: Room that Qt's style leaves around a text, left and right together.
_TAB_PADDING, _HEADER_PADDING = 20, 8


def describe_widgets(window: QWidget) -> list[dict[str, Any]]:
    """Every visible widget with a name or a text: ``name, role, rect, text, clipped``.

    ``rect`` is left, top, width and height in pixels of the screen. ``clipped`` says that the text does not fit its
    place, or that a part of the widget lies outside what can be seen and cannot be scrolled to.
    """
    rows = []
    for widget in (window, *window.findChildren(QWidget)):
        if not _can_be_seen(widget):
            continue
        name, text = widget.accessibleName() or widget.objectName(), shown_text(widget)
        if name.startswith("qt_") or not (name or text):
            continue
        rows.append(
            {
                "name": name,
                "role": role_of(widget),
                "rect": screen_rect(widget),
                "text": text[:_LONGEST],
                "clipped": is_clipped(widget),
            }
        )
    return rows


def _can_be_seen(widget: QWidget) -> bool:
    """Whether it is shown, or would be if its scroll area were moved; not behind the tab of another panel."""
    if not widget.isVisible() or (isinstance(widget, QTabBar) and widget.visibleRegion().isEmpty()):
        return False
    for parent in (widget, *_ancestors(widget)):
        if isinstance(parent, QDockWidget):
            return not parent.visibleRegion().isEmpty()
    return True


def screen_rect(widget: QWidget, rect: QRect | None = None) -> list[int]:
    """Left, top, width and height in device pixels of the screen, where a mouse driven from outside must go."""
    local = widget.rect() if rect is None else rect
    origin = widget.mapToGlobal(local.topLeft())
    ratio = widget.devicePixelRatioF()
    return [round(value * ratio) for value in (origin.x(), origin.y(), local.width(), local.height())]


def role_of(widget: QWidget) -> str:
    """The accessible role in words: ``Slider``, ``ComboBox``, ``StaticText`` …"""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.role().name if interface is not None else type(widget).__name__


def shown_text(widget: QWidget) -> str:
    """The text that a widget shows; empty for those that show none of their own."""
    if isinstance(widget, QLabel | QAbstractButton):
        return widget.text()
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QLineEdit):
        return widget.text() or widget.placeholderText()
    if isinstance(widget, QGroupBox):
        return widget.title()
    if isinstance(widget, QDockWidget):
        return widget.windowTitle()
    if isinstance(widget, QTabBar):
        return " | ".join(widget.tabText(place) for place in range(widget.count()))
    return ""


def is_clipped(widget: QWidget) -> bool:
    """Whether something of the widget or its text is cut off for good."""
    return _text_is_cut(widget) or _lies_outside(widget)


def _text_is_cut(widget: QWidget) -> bool:
    if widget.property(ELIDES):
        return False
    if isinstance(widget, QLabel):
        return _label_is_cut(widget)
    if isinstance(widget, QTabBar):
        return any(_tab_is_cut(widget, place) for place in range(widget.count()))
    if isinstance(widget, QHeaderView):
        return _header_is_cut(widget)
    if isinstance(widget, QToolButton) and widget.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly:
        return False
    if isinstance(widget, QAbstractButton | QComboBox | QGroupBox):
        return widget.fontMetrics().horizontalAdvance(_plain(shown_text(widget))) > widget.width()
    return False


def _label_is_cut(label: QLabel) -> bool:
    if not label.text() or label.pixmap().width() > 0:
        return False
    room = label.contentsRect()
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 1
    needed = label.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, label.text())
    return needed.width() > room.width() + 1 or needed.height() > room.height() + 1


def _tab_is_cut(bar: QTabBar, place: int) -> bool:
    if not bar.isTabVisible(place):
        return False
    needed = bar.fontMetrics().horizontalAdvance(_plain(bar.tabText(place)))
    rect = bar.tabRect(place)
    return needed > rect.width() - _TAB_PADDING + 1 or not bar.rect().contains(rect.center())


def _header_is_cut(header: QHeaderView) -> bool:
    model = header.model()
    if model is None or header.orientation() != Qt.Orientation.Horizontal:
        return False
    metrics = header.fontMetrics()
    texts = (str(model.headerData(place, header.orientation()) or "") for place in range(header.count()))
    return any(
        metrics.horizontalAdvance(text) + _HEADER_PADDING > header.sectionSize(place)
        for place, text in enumerate(texts)
        if not header.isSectionHidden(place)
    )


def _plain(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _lies_outside(widget: QWidget) -> bool:
    """Whether an ancestor that does not scroll cuts a part of the widget off."""
    rect = QRect(QPoint(0, 0), widget.size())
    for parent in _ancestors(widget):
        if isinstance(parent.parentWidget(), QAbstractScrollArea):
            return False
        rect.moveTopLeft(widget.mapTo(parent, QPoint(0, 0)))
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(rect):
            return True
    return False


def _ancestors(widget: QWidget) -> Iterator[QWidget]:
    while not widget.isWindow() and (parent := widget.parentWidget()) is not None:
        yield parent
        widget = parent
