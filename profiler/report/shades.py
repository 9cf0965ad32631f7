"""Colours of pixels filled in part, of seams and of what lies over other things: one table for all painters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from profiler.report.palette import Theme
from profiler.timeline.fullest import NO_PAINT

UInt32 = npt.NDArray[np.uint32]

#: What is left of a colour where next to nothing of a pixel is busy.
FAINTEST = 0.35

#: Opacity of a band in which all of the time is hidden.
BAND_OPACITY = 0.34

#: Strength, of 255, of the pixel between two slices that follow each other.
SEAM_LEVEL = 70

#: Strength, of 255, of the area under a counter.
AREA_LEVEL = 60


def shade_table(theme: Theme) -> UInt32:
    """Opaque ARGB of every paint at every busy share, ``table[paint, round(255 * share)]``; 0 where nothing runs."""
    table = np.zeros((256, 256), np.uint32)
    ground = _channels(theme.lane)
    strength = FAINTEST + (1 - FAINTEST) * np.linspace(0, 1, 256)[:, None]
    for paint, colour in theme.paint.items():
        table[int(paint)] = _packed(ground * (1 - strength) + _channels(colour) * strength)
    table[:, 0] = table[NO_PAINT] = 0
    return table


def veil_opacity(share: float) -> float:
    """How opaque a band is where ``share`` of the time is hidden."""
    return BAND_OPACITY * max(share, FAINTEST)


def veil_table(theme: Theme) -> UInt32:
    """Premultiplied translucent ARGB of every paint at every share: what a band is over other things."""
    table = np.zeros((256, 256), np.uint32)
    opacity = np.array([veil_opacity(share) for share in np.linspace(0, 1, 256).tolist()])
    opacity[0] = 0
    for paint, colour in theme.paint.items():
        channels = np.round(_channels(colour)[None, :] * opacity[:, None]).astype(np.uint32)
        alpha = np.round(255 * opacity).astype(np.uint32)
        table[int(paint)] = (alpha << 24) | (channels[:, 0] << 16) | (channels[:, 1] << 8) | channels[:, 2]
    return table


def css_colour(argb: int) -> str:
    """``#RRGGBB`` of an opaque colour."""
    return f"#{argb & 0xFFFFFF:06X}"


def _channels(colour: str) -> npt.NDArray[np.float64]:
    return np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)], np.float64)


def _packed(channels: npt.NDArray[np.float64]) -> UInt32:
    red, green, blue = np.moveaxis(np.round(channels).astype(np.uint32), -1, 0)
    return np.asarray(np.uint32(0xFF000000) | (red << 16) | (green << 8) | blue, np.uint32)
