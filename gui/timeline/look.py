"""Colours, fonts and measures of a timeline for one theme, one interface scale and one device pixel ratio."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from profiler.report.palette import Theme
from profiler.report.shades import SEAM_LEVEL, shade_table, veil_table
from profiler.timeline.layout import Style
from profiler.timeline.paint import Paint

UInt32 = npt.NDArray[np.uint32]


@dataclass
class Look:
    """All that painting needs to know beside the data; measures and fonts are in device pixels.

    Parameters
    ----------
    theme : Theme
    family : str
        Font of the interface.
    scale : float
        Interface scale times device pixel ratio.
    """

    theme: Theme
    family: str
    scale: float
    style: Style = field(init=False)
    brushes: dict[int, QColor] = field(init=False)
    inks: dict[int, QColor] = field(init=False)
    shades: UInt32 = field(init=False)
    veils: UInt32 = field(init=False)

    def __post_init__(self) -> None:
        self.style = Style().scaled(self.scale)
        self.shades, self.veils = shade_table(self.theme), veil_table(self.theme)
        self.brushes = {int(paint): QColor(colour) for paint, colour in self.theme.paint.items()}
        self.seams = {paint: QColor.fromRgba(int(self.shades[paint, SEAM_LEVEL])) for paint in self.brushes}
        self.inks = {int(paint): QColor(self.theme.ink(paint)) for paint in self.theme.paint}
        self.background = QColor(self.theme.background)
        self.lane = QColor(self.theme.lane)
        self.grid = QColor(self.theme.grid)
        self.rule = QColor(self.theme.rule)
        self.text = QColor(self.theme.text)
        self.muted = QColor(self.theme.muted)
        self.exposed = QColor(self.theme.exposed)
        self.accent = QColor(self.theme.paint[Paint.KERNEL])
        self.label_font = self.font(10)
        self.name_font = self.font(11)
        self.strong_font = self.font(11, bold=True)
        self.title_font = self.font(13, bold=True)
        self.note_font = self.font(11)
        self.ruler_font = self.font(10)

    def px(self, measure: float) -> int:
        """A measure at scale 1 in device pixels."""
        return round(measure * self.scale)

    def font(self, size_px: float, *, bold: bool = False) -> QFont:
        """The interface's font in a size at scale 1."""
        font = QFont(self.family)
        font.setPixelSize(max(round(size_px * self.scale), 1))
        font.setBold(bold)
        return font


def looked_up(table: UInt32, paint: npt.NDArray[np.uint8], share: npt.NDArray[np.float32]) -> UInt32:
    """Colours of pixels by their paints and shares."""
    place = np.ceil(share * 255).astype(np.intp)
    place += paint.astype(np.intp) << 8
    return table.ravel().take(place)


class Metrics:
    """Widths of texts in a font, remembered."""

    _KEPT = 20_000

    def __init__(self, font: QFont) -> None:
        self._metrics = QFontMetricsF(font)
        self._known: dict[str, float] = {}
        self.ascent = self._metrics.ascent()
        self.height = self._metrics.height()
        self.cap = self._metrics.capHeight()

    def __call__(self, text: str) -> float:
        """Width of a text in pixels."""
        width = self._known.get(text)
        if width is None:
            if len(self._known) > self._KEPT:
                self._known.clear()
            width = self._known[text] = self._metrics.horizontalAdvance(text)
        return width
