"""A widget as an SVG document that looks the same in every viewer."""

from __future__ import annotations

import re

from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QFontInfo, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

#: Pixels an inch of CSS: at any other number the document's size would not be the widget's in pixels.
_CSS_DPI = 96

_FAMILY = re.compile(rb'font-family="([^"]*)"')


def svg_of(widget: QWidget, background: str, *, title: str, description: str) -> bytes:
    """What a widget paints as shapes and texts; both words are plain text for those who do not see it."""
    buffer = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(_CSS_DPI)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(title)
    generator.setDescription(description)
    painter = QPainter(generator)
    try:
        painter.fillRect(widget.rect(), background)
        widget.render(painter, QPoint())
    finally:
        painter.end()
    # Qt writes the name that was asked for, such as "Sans Serif", which no viewer knows; texts would be set in another
    # font than the one their places were computed with.
    family = QFontInfo(widget.font()).family().replace('"', "").encode()
    return _FAMILY.sub(b'font-family="' + family + b', sans-serif"', bytes(buffer.data().data()))
