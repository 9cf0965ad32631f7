"""A timeline in a terminal: a line of characters for each engine, one character a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from profiler.report.escape import cell_width, clip_cells, pad_cells, terminal_text
from profiler.report.exposed import exposed_spans
from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import extent_ns, group_rows
from profiler.timeline.paint import Paint, paint_of
from profiler.timeline.ruler import make_ruler
from profiler.timeline.spans import Spans, covered_before, intersect, union
from profiler.timeline.viewport import Viewport
from profiler.trace.tables import Trace

Float64 = npt.NDArray[np.float64]
Int32 = npt.NDArray[np.int32]
Int64 = npt.NDArray[np.int64]

#: Below this a terminal is taken for this wide.
MIN_WIDTH = 40

_LONGEST_NAME = 20


class Mark(IntEnum):
    """What a character stands for. Where several share a character's time, the one that fills most is drawn."""

    COMPUTE = 0
    HIDDEN = 1
    EXPOSED = 2
    OTHER = 3


@dataclass(frozen=True, slots=True)
class _Look:
    """Characters of a mark from the least to the most busy, its terminal colour (SGR) and its word in the legend."""

    shades: str
    ascii_shades: str
    colour: str
    word: str


_LOOKS = {
    Mark.COMPUTE: _Look("▁▂▃▄▅▆▇█", ".+#", "94", "kernels"),
    Mark.HIDDEN: _Look("░▒▓", "-=", "36", "copy hidden under kernels"),
    Mark.EXPOSED: _Look("▖▚", "xX", "1;91", "copy exposed"),
    Mark.OTHER: _Look("─═", "o", "35", "memset, copy on the device"),
}
_COMPUTE = (Paint.KERNEL, Paint.GRAPH, Paint.STAGE)
_COPIES = (Paint.HTOD, Paint.DTOH)
_ASCII = str.maketrans({"µ": "u", "−": "-", "…": "~", "·": "-", "╷": "|"})


def gantt_lines(
    trace: Trace,
    width: int,
    *,
    colour: bool = False,
    unicode: bool = True,
    window: tuple[int, int] | None = None,
    streams: bool = False,
) -> list[str]:
    """Lines no wider than ``width`` columns: a ruler, the engines of each device, and a legend.

    Parameters
    ----------
    trace : Trace
    width : int
        Columns of the terminal; at least `MIN_WIDTH` are taken.
    colour : bool
        Put terminal colours in. What is exposed can be told from what is hidden without them too.
    unicode : bool
        Draw with block characters; otherwise nothing but ASCII is given, names included.
    window : (int, int), optional
        Start and end, ns after the trace's first record; by default all.
    streams : bool
        Add a line for each stream.
    """
    start, end = extent_ns(trace)
    shown = LaneKind.STREAM if streams else LaneKind.ENGINE
    lanes = [(key, rows) for key, rows in group_rows(trace) if key.kind <= shown]
    if not lanes:
        return ["nothing ran on a device"]
    encoding = "utf-8" if unicode else "ascii"
    names = {key: clip_cells(terminal_text(key.name, encoding), _LONGEST_NAME, ellipsis="~") for key, _ in lanes}
    gutter = max(map(cell_width, names.values())) + 1
    cells = max(width, MIN_WIDTH) - gutter - 5
    first, last = (start + window[0], start + window[1]) if window else (start, end)
    viewport = Viewport(first, max(last, first + cells), cells)
    exposed, paints = exposed_spans(trace), paint_of(trace)
    headed = len({key.device for key, _ in lanes}) > 1
    lines, device, seen = [_ruler(viewport, start, gutter, unicode)], None, set()
    for key, rows in lanes:
        if headed and key.device != device:
            device = key.device
            lines.append(_heading(trace, device, encoding, width))
        shares = _shares(trace, rows, paints, exposed.get(key.device), viewport)
        seen |= {mark for mark in Mark if shares[mark].any()}
        busy = _cell_ns(_union(trace, rows), viewport).sum() / viewport.span_ns
        lines.append(f"{pad_cells(names[key], gutter)}{_draw(shares, colour, unicode)} {busy:4.0%}")
    return [*lines, *_legend(sorted(seen), max(width, MIN_WIDTH), colour, unicode)]


def _shares(
    trace: Trace, rows: Int32, paints: npt.NDArray[np.uint8], exposed: Spans | None, viewport: Viewport
) -> Float64:
    """Busy share of each character by `Mark`, shape (marks, cells); overlapping slices of one mark count once."""
    paint = paints[rows]
    none = (np.empty(0, np.int64), np.empty(0, np.int64))
    copies = _union(trace, rows[np.isin(paint, _COPIES)])
    bare = intersect(copies, exposed if exposed is not None else none)[:2]
    spans = {
        Mark.COMPUTE: _union(trace, rows[np.isin(paint, _COMPUTE)]),
        Mark.HIDDEN: copies,
        Mark.EXPOSED: bare,
        Mark.OTHER: _union(trace, rows[~np.isin(paint, _COMPUTE + _COPIES)]),
    }
    busy = np.array([_cell_ns(spans[mark], viewport) for mark in Mark], np.float64)
    busy[Mark.HIDDEN] -= busy[Mark.EXPOSED]
    return busy / viewport.ns_per_px


def _cell_ns(spans: Spans, viewport: Viewport) -> Int64:
    """Time that ``spans`` cover of each character's."""
    cells = viewport.width_px
    edges = [viewport.start_ns + cell * viewport.span_ns // cells for cell in range(cells + 1)]
    return np.diff(covered_before(spans, np.array(edges, np.int64)))


def _union(trace: Trace, rows: Int32) -> Spans:
    return union(trace.ts[rows], trace.ts[rows] + np.maximum(trace.dur[rows], 1))


def _draw(shares: Float64, colour: bool, unicode: bool) -> str:
    parts, run_mark, run = [], -1, ""
    most, total = shares.argmax(axis=0).tolist(), np.minimum(shares.sum(axis=0), 1.0).tolist()
    for mark, share in zip(most, total, strict=True):
        letter, mark = (_shade(Mark(mark), share, unicode), mark) if share > 0 else (" ", -1)
        if mark != run_mark:
            parts.append(_tinted(run, run_mark, colour))
            run_mark, run = mark, ""
        run += letter
    return "".join([*parts, _tinted(run, run_mark, colour)])


def _shade(mark: Mark, share: float, unicode: bool) -> str:
    shades = _LOOKS[mark].shades if unicode else _LOOKS[mark].ascii_shades
    return shades[min(int(share * len(shades)), len(shades) - 1)]


def _tinted(run: str, mark: int, colour: bool) -> str:
    return f"\x1b[{_LOOKS[Mark(mark)].colour}m{run}\x1b[0m" if colour and mark >= 0 else run


def _ruler(viewport: Viewport, origin: int, gutter: int, unicode: bool) -> str:
    ruler = make_ruler(viewport, lambda label: len(label) + 1, origin_ns=origin, gap_px=2)
    letters = [" "] * viewport.width_px
    for x, label in zip(viewport.x_of(ruler.major).tolist(), ruler.labels, strict=True):
        place = min(round(x), viewport.width_px - 1)
        if place + 1 + len(label) <= viewport.width_px:
            letters[place : place + 1 + len(label)] = f"╷{label}"
    text = " " * gutter + "".join(letters) + " busy"
    return text if unicode else text.translate(_ASCII)


def _heading(trace: Trace, device: int, encoding: str, width: int) -> str:
    model = trace.meta.get("gpus", {}).get(str(device), {}).get("name", "")
    return clip_cells(terminal_text(f"GPU {device} {model}".rstrip(), encoding), max(width, MIN_WIDTH), ellipsis="~")


def _legend(marks: list[Mark], width: int, colour: bool, unicode: bool) -> list[str]:
    lines, room = [""], width
    for mark in marks:
        look = _LOOKS[mark]
        sample = (look.shades if unicode else look.ascii_shades)[-1]
        size = len(look.word) + 4
        if size > room:
            lines, room = [*lines, ""], width
        lines[-1] += f"{_tinted(sample, mark, colour)} {look.word}  "
        room -= size
    return [line.rstrip() for line in lines]
