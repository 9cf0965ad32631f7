"""Colours of timelines, light and dark: one for each kind of work, told apart by colour-blind eyes too.

Chosen by search in OKLab under the dichromacy matrices of Machado, Oliveira and Fernandes (IEEE TVCG 15, 2009),
starting from the blue, green, purple and vermilion of Okabe and Ito. The tests hold them to: text at least 4.5:1 on
what lies under it, boxes at least 3:1 against the background (WCAG 2.2, 1.4.3 and 1.4.11), every two kinds apart under
each dichromacy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiler.timeline.paint import Paint

_DARK_INK = "#0A0F14"
_LIGHT_INK = "#FFFFFF"


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#RRGGBB``.

    Attributes
    ----------
    background, lane, grid, rule : str
        The page, the ground of a lane, lines of ticks, and lines between parts.
    text, muted : str
        Texts on the page and on lanes.
    exposed : str
        Outline of copies that no kernel hides.
    paint : mapping of Paint to str
    """

    name: str
    background: str
    lane: str
    grid: str
    rule: str
    text: str
    muted: str
    exposed: str
    paint: Mapping[Paint, str]

    def ink(self, paint: Paint) -> str:
        """The colour of a label on a box."""
        return max((_LIGHT_INK, _DARK_INK), key=lambda ink: contrast(ink, self.paint[paint]))


def contrast(first: str, second: str) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    shares = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


LIGHT = Theme(
    name="light",
    background="#FFFFFF",
    lane="#F3F5F8",
    grid="#D5DBE3",
    rule="#C3CBD6",
    text="#16202C",
    muted="#505C6B",
    exposed="#F2560F",
    paint={
        Paint.KERNEL: "#1B49C4",
        Paint.GRAPH: "#7E8CD8",
        Paint.STAGE: "#665FBB",
        Paint.HTOD: "#17A398",
        Paint.DTOH: "#7A1466",
        Paint.DTOD: "#4A5018",
        Paint.MEMSET: "#96561C",
        Paint.MIGRATION: "#B32955",
        Paint.HOST: "#5F7FA6",
        Paint.OVERHEAD: "#8C6D7D",
        Paint.SYNC: "#5C6066",
        Paint.MARKER: "#9C68F2",
        Paint.WAIT: "#A68B66",
    },
)

DARK = Theme(
    name="dark",
    background="#12161C",
    lane="#1A2029",
    grid="#343D4A",
    rule="#46515F",
    text="#E8EDF3",
    muted="#A6B1BE",
    exposed="#EE7D3C",
    paint={
        Paint.KERNEL: "#5EA6F5",
        Paint.GRAPH: "#8DC2FA",
        Paint.STAGE: "#4C8EDF",
        Paint.HTOD: "#B5F7E2",
        Paint.DTOH: "#B0508C",
        Paint.DTOD: "#727A1C",
        Paint.MEMSET: "#F8B850",
        Paint.MIGRATION: "#DB5F62",
        Paint.HOST: "#A9B2BE",
        Paint.OVERHEAD: "#B095CB",
        Paint.SYNC: "#8791A3",
        Paint.MARKER: "#6460EA",
        Paint.WAIT: "#E8DAAA",
    },
)

THEMES = {theme.name: theme for theme in (LIGHT, DARK)}

#: What each kind is called in a legend.
PAINT_NAMES = {
    Paint.KERNEL: "kernel",
    Paint.GRAPH: "graph",
    Paint.STAGE: "compute",
    Paint.HTOD: "HtoD copy",
    Paint.DTOH: "DtoH copy",
    Paint.DTOD: "other copy",
    Paint.MEMSET: "memset",
    Paint.MIGRATION: "migration",
    Paint.HOST: "host call",
    Paint.OVERHEAD: "overhead",
    Paint.SYNC: "synchronization",
    Paint.MARKER: "range",
    Paint.WAIT: "waiting for the engine",
}

#: What a legend says of the marks on copies.
HIDDEN_WORDS = "hidden under kernels"
EXPOSED_WORDS = "exposed: no kernel runs meanwhile"
