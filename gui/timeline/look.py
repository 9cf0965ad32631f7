"""Colours, fonts and measures of a timeline for one theme, one interface scale and one device pixel ratio."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtGui import QColor, QFont, QFontMetricsF

from profiler.report.palette import Theme
from profiler.report.svg_scene import BAND_OPACITY
from profiler.timeline.layout import Style
from profiler.timeline.mipmap import NO_PAINT
from profiler.timeline.paint import Paint

UInt32 = npt.NDArray[np.uint32]

#: What is left of a colour where next to nothing of a pixel is busy.
_FAINTEST = 0.35

#: Strength, of 255, of the pixel between two slices that follow each other.
_SEAM_LEVEL = 70


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
        self.seams = {paint: QColor.fromRgba(int(self.shades[paint, _SEAM_LEVEL])) for paint in self.brushes}
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


def shade_table(theme: Theme) -> UInt32:
    """Opaque ARGB of every paint at every busy share, ``table[paint, round(255 * share)]``; 0 where nothing runs."""
    table = np.zeros((256, 256), np.uint32)
    ground = _channels(theme.lane)
    strength = _FAINTEST + (1 - _FAINTEST) * np.linspace(0, 1, 256)[:, None]
    for paint, colour in theme.paint.items():
        table[int(paint)] = _packed(ground * (1 - strength) + _channels(colour) * strength)
    table[:, 0] = table[NO_PAINT] = 0
    return table


def veil_table(theme: Theme) -> UInt32:
    """Premultiplied translucent ARGB of every paint at every share: what a band is over other things."""
    table = np.zeros((256, 256), np.uint32)
    opacity = BAND_OPACITY * np.maximum(np.linspace(0, 1, 256), _FAINTEST)
    opacity[0] = 0
    for paint, colour in theme.paint.items():
        channels = np.round(_channels(colour)[None, :] * opacity[:, None]).astype(np.uint32)
        alpha = np.round(255 * opacity).astype(np.uint32)
        table[int(paint)] = (alpha << 24) | (channels[:, 0] << 16) | (channels[:, 1] << 8) | channels[:, 2]
    return table


def _channels(colour: str) -> npt.NDArray[np.float64]:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], np.float64)


def _packed(channels: npt.NDArray[np.float64]) -> UInt32:
    red, green, blue = np.moveaxis(np.round(channels).astype(np.uint32), -1, 0)
    return np.asarray(np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue, np.uint32)
