"""Pixels of what is painted."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from tests.gui.timeline.conftest import Stage


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF


def canvas_pixels(stage: Stage) -> np.ndarray:
    top = stage.canvas.y()
    return pixels(stage.widget.render_image())[top : top + stage.canvas.height(), : stage.canvas.width()]


def rgb(colour: str) -> int:
    return int(colour[1:], 16)
