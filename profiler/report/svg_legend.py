"""The legend: a swatch and a word for everything that occurs in the drawing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from profiler.report.palette import EXPOSED_WORDS, HIDDEN_WORDS, PAINT_NAMES
from profiler.report.shades import BAND_OPACITY
from profiler.report.svg_font import measure_at
from profiler.report.svg_marks import boxes_path, rect, text
from profiler.timeline.frame import Frame
from profiler.timeline.fullest import NO_PAINT
from profiler.timeline.paint import Paint

TEXT_PX = 11
ROW_PX = 20
_SWATCH_PX = 18
_GAP_PX = 18


def legend_entries(frames: Iterable[Frame]) -> list[tuple[str, str, Paint]]:
    """What to explain, in a fixed order: the mark's kind, its word, its paint."""
    paints: set[int] = set()
    exposed = hidden = False
    for frame in frames:
        coloured = (
            frame.boxes.paint,
            frame.waits.paint,
            frame.unfinished.paint,
            frame.lines.paint[frame.lines.share > 0],
        )
        paints |= {paint for column in coloured for paint in np.unique(column).tolist()} - {NO_PAINT}
        hidden |= bool(frame.copies.bands.share.any())
        exposed |= bool(len(frame.copies.outlines) or frame.copies.bars.share.any())
    entries = [
        ("wait" if paint == Paint.WAIT else "box", PAINT_NAMES[Paint(paint)], Paint(paint)) for paint in sorted(paints)
    ]
    copy = next((paint for paint in (Paint.HTOD, Paint.DTOH) if paint in paints), Paint.HTOD)
    if hidden:
        entries.append(("band", HIDDEN_WORDS, copy))
    if exposed:
        entries.append(("exposed", EXPOSED_WORDS, copy))
    return entries


def draw_legend(entries: list[tuple[str, str, Paint]], x: float, y: float, width: float) -> tuple[list[str], float]:
    """Marks of the legend below ``y``, wrapped to ``width``, and where it ends."""
    measure = measure_at(TEXT_PX)
    marks, left, top = [], x, y
    for kind, word, paint in entries:
        room = _SWATCH_PX + 6 + measure(word)
        if left > x and left + room > x + width:
            left, top = x, top + ROW_PX
        marks += _swatch(kind, paint, left, top)
        marks.append(text(left + _SWATCH_PX + 6, top + 10.5, word, class_="m w"))
        left += room + _GAP_PX
    return marks, top + ROW_PX


def _swatch(kind: str, paint: Paint, x: float, y: float) -> list[str]:
    colour, height = f"k{paint:d}", 13
    if kind == "wait":
        return [rect(x, y + 4.5, _SWATCH_PX, 4, class_=colour)]
    if kind == "band":
        kernel = f"k{Paint.KERNEL:d}"
        return [
            rect(x, y - 2, _SWATCH_PX, 5, class_=colour),
            rect(x, y + 3, _SWATCH_PX, 7, class_=colour, fill_opacity=BAND_OPACITY),
            rect(x, y + 10, _SWATCH_PX, 5, class_=kernel),
        ]
    box = rect(x, y, _SWATCH_PX, height, class_=colour)
    if kind == "exposed":
        frame = [(x, y, _SWATCH_PX, 2), (x, y + height - 2, _SWATCH_PX, 2), (x, y, 2, height)]
        return [box, boxes_path([*frame, (x + _SWATCH_PX - 2, y, 2, height)], class_="x")]
    return [box]
