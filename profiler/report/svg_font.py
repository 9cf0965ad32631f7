"""Widths of texts in an SVG, without a font: an upper bound for the fonts that viewers take.

The page asks for common sans-serif fonts. Of these, DejaVu Sans is the widest, so what fits by its widths fits in all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache

#: Fonts in the order in which a viewer should try them.
FAMILY = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"

#: Advances of the letters from space to tilde, in thousandths of the font size (DejaVu Sans 2.37, Book and Bold).
_BOOK = (
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
)  # fmt: skip
_BOLD = (
    348, 456, 521, 838, 696, 1002, 872, 306, 457, 457, 523, 838, 380, 415, 380, 365, 696, 696, 696, 696, 696, 696, 696,
    696, 696, 696, 400, 400, 838, 838, 838, 580, 1000, 774, 762, 734, 830, 683, 683, 821, 837, 372, 372, 775, 637, 995,
    837, 850, 733, 850, 770, 720, 682, 812, 774, 1103, 771, 724, 725, 457, 365, 457, 838, 500, 500, 675, 716, 593, 716,
    678, 435, 716, 712, 343, 343, 665, 343, 1042, 712, 687, 716, 716, 493, 595, 478, 712, 652, 924, 645, 652, 582, 712,
    365, 712, 838,
)  # fmt: skip

_SIGNS = {"µ": 736, "μ": 736, "·": 380, "–": 500, "−": 838, "×": 838, "…": 1000}

#: What every other letter is taken for: wide ones (emoji among them), and the rest.
_WIDE = 1400
_OTHER = 1000


@cache
def measure_at(size_px: float, *, bold: bool = False) -> Callable[[str], float]:
    """A function that gives the width in pixels of a text in this size."""
    advances = _BOLD if bold else _BOOK

    @lru_cache(maxsize=8192)
    def measure(text: str) -> float:
        return sum(_advance(letter, advances) for letter in text) * size_px / 1000

    return measure


def _advance(letter: str, advances: tuple[int, ...]) -> int:
    place = ord(letter) - 32
    if 0 <= place < len(advances):
        return advances[place]
    if letter in _SIGNS:
        return _SIGNS[letter]
    if unicodedata.combining(letter):
        return 0
    return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _OTHER
