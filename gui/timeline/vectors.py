"""A widget as an SVG document that looks the same in every viewer."""

from __future__ import annotations

import re

from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QFontInfo, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

#: Pixels an inch of CSS, by which sizes of fonts in points become pixels.
_CSS_DPI = 96

_SIZE = re.compile(rb'<svg width="[^"]*" height="[^"]*"')
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
    # Qt writes a size in millimetres, which not every viewer takes, and the font's name as it was asked for, such as
    # "Sans Serif", which none knows: texts would be set in another font than the one their places were computed with.
    size = f'<svg width="{widget.width()}" height="{widget.height()}"'.encode()
    family = QFontInfo(widget.font()).family().replace('"', "").encode()
    content = _SIZE.sub(size, bytes(buffer.data().data()), count=1)
    return _FAMILY.sub(b'font-family="' + family + b', sans-serif"', content)
