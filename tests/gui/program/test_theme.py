"""Controls can be seen in both themes: their edges stand out from the page."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from profiler.report.palette import THEMES, contrast
from tests.gui.program.conftest import Start, settle

#: Of the edge of a field or the handle of a slider against the page (WCAG 2.2, 1.4.11); text is held to more.
_LEAST = 3.0


def strongest(window: QWidget, widget: QWidget, points: list[QPoint], page: str) -> float:
    image = window.grab().toImage()
    found = [image.pixelColor(widget.mapTo(window, point)).name() for point in points]
    return max(contrast(colour, page) for colour in found)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_fields_and_handles_stand_out_from_the_page(start: Start, theme: str) -> None:
    application = start(scenario={"batch": 8})
    window = application.window
    application.session.settings.theme = theme
    QApplication.processEvents()
    page = THEMES[theme].background
    for field in window.findChildren(QAbstractSpinBox):
        if field.isVisible():
            edge = [QPoint(x, field.height() // 2) for x in range(4)]
            assert strongest(window, field, edge, page) > _LEAST, field.objectName()
    for slider in window.findChildren(QSlider):
        if slider.isVisible():
            option = QStyleOptionSlider()
            slider.initStyleOption(option)
            handle = slider.style().subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
            )
            across = [QPoint(x, handle.center().y() - 2) for x in range(handle.left(), handle.right())]
            assert strongest(window, slider, across, page) > _LEAST, slider.objectName()


def test_the_buttons_of_panels_are_drawn_in_the_colours_of_the_theme(start: Start, qtbot: Any) -> None:
    application = start()
    dock = application.window.docks["scenario"]
    buttons = [one for one in dock.findChildren(QAbstractButton) if one.objectName().startswith("qt_dockwidget")]
    assert len(buttons) == 2

    def most_opaque(button: QAbstractButton) -> str:
        image = button.icon().pixmap(48, 48).toImage()
        pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
        return max(pixels, key=lambda colour: colour.alpha()).name()

    for name in ("dark", "light", "dark"):
        application.session.settings.theme = name
        settle(application, qtbot)
        text = QColor(application.themes.theme.text).name()
        assert [most_opaque(button) for button in buttons] == [text, text]
        assert all(button.toolTip() for button in buttons)
    for floating in (True, False):
        qtbot.mouseClick(next(one for one in buttons if "float" in one.objectName()), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda floating=floating: dock.isFloating() == floating)
        assert [most_opaque(button) for button in buttons] == [text, text]
