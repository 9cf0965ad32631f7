"""The legend: a swatch and a word for everything that occurs in the drawing."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from profiler.report.palette import PAINT_NAMES
from profiler.report.svg_font import measure_at
from profiler.report.svg_marks import rect, text
from profiler.report.svg_scene import BAND_OPACITY
from profiler.timeline.boxes import BoxKind
from profiler.timeline.mipmap import NO_PAINT
from profiler.timeline.paint import Paint
from profiler.timeline.scene import Scene

TEXT_PX = 11
ROW_PX = 20
_SWATCH_PX = 18
_GAP_PX = 18


def legend_entries(scenes: Iterable[Scene]) -> list[tuple[str, str, Paint]]:
    """What to explain, in a fixed order: the mark's kind, its word, its paint."""
    paints: set[int] = set()
    kinds: set[int] = set()
    for scene in scenes:
        coloured = np.isin(scene.boxes.kind, (BoxKind.SOLID, BoxKind.DENSITY, BoxKind.WAIT))
        paints |= set(np.unique(scene.boxes.paint[coloured]).tolist())
        paints |= set(np.unique(scene.density.paint).tolist()) - {NO_PAINT}
        kinds |= set(np.unique(scene.boxes.kind).tolist())
    entries = [
        ("wait" if paint == Paint.WAIT else "box", PAINT_NAMES[Paint(paint)], Paint(paint)) for paint in sorted(paints)
    ]
    copy = next((paint for paint in (Paint.HTOD, Paint.DTOH) if paint in paints), Paint.HTOD)
    if BoxKind.BAND in kinds:
        entries.append(("band", "hidden under kernels", copy))
    if BoxKind.EXPOSED in kinds:
        entries.append(("exposed", "exposed: no kernel runs meanwhile", copy))
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
    box = rect(x, y, _SWATCH_PX, height, class_=colour, rx=1.5)
    if kind == "exposed":
        return [box, rect(x + 1, y + 1, _SWATCH_PX - 2, height - 2, class_="x")]
    return [box]
