"""One cell of `bench_frames.py`, in a process of its own: prints what it measured as one JSON object.

usage: QT_QPA_PLATFORM=offscreen python benchmarks/frames_once.py lanescope|bargraph SIZE [--shape plain|lanes|nested]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.index_once import index_s
from benchmarks.spans import STREAMS, Spans, as_trace, make_spans
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track

WIDTH, HEIGHT = 1600, 800
STEPS = 60
ZOOMS = ("whole", "1/10", "1/100", "10 ms", "1 ms", "100 us")

#: The same slices over this many times as many lanes.
SPLIT = 19
DEPTH = 40

Step = Callable[[int, int], None]


def zoom_spans(whole: int) -> list[int]:
    """The length of what is seen at each zoom, ns."""
    return [whole, whole // 10, whole // 100, 10**7, 10**6, 10**5]


def stretches(span: int, first: int) -> list[tuple[int, int]]:
    """A pan of half the steps, then zooms in and out: the same for every tool."""
    views, start = [], first
    for step in range(STEPS):
        if step < STEPS // 2:
            start += int(span * 0.02)
        else:
            factor = 0.93 if (step // 5) % 2 else 1 / 0.93
            middle = start + span * 0.4
            span = max(int(span * factor), 100)
            start = int(middle - span * 0.4)
        views.append((start, start + span))
    return views


def frame_times(show: Step, whole: int, first: int) -> dict[str, dict[str, float]]:
    """Milliseconds from the change of view to the end of painting, flushed; and of the processor in that time."""
    table = {}
    for name, span in zip(ZOOMS, zoom_spans(whole), strict=True):
        times, work = [], []
        for view in stretches(span, 0 if name == "whole" else max(first - span // 3, 0)):
            start, begun = time.perf_counter(), time.process_time()
            show(*view)
            times.append((time.perf_counter() - start) * 1e3)
            work.append((time.process_time() - begun) * 1e3)
        table[name] = {
            "median_ms": float(np.median(times)),
            "p99_ms": float(np.percentile(times, 99)),
            "processor_ms": float(np.median(work)),
            "processor_p99_ms": float(np.percentile(work, 99)),
        }
    return table


def pss() -> int:
    """Bytes of this process, shared pages by their share."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def split_lanes(spans: Spans) -> Trace:
    """The slices of every lane dealt out to many lanes."""
    trace = as_trace(spans)
    first = np.searchsorted(spans.lane, spans.lane)
    lane = spans.lane * SPLIT + (np.arange(len(spans)) - first) % SPLIT
    tracks = [Track(TrackKind.STREAM, f"stream {number}", 1, -1, 0, 1, number) for number in range(STREAMS * SPLIT)]
    lanes = int(lane.max(initial=0)) + 1
    tracks += [Track(TrackKind.THREAD, f"thread {number}", 1, number) for number in range(STREAMS * SPLIT, lanes)]
    columns = {
        name: trace[name] for name in ("ts", "dur", "category", "name", "memcpy_kind", "device", "context", "pid")
    }
    columns["track"] = lane.astype(np.int32)
    columns["stream"] = np.where(spans.lane < STREAMS, lane, -1)
    return Trace(columns, names=trace.names, tracks=tracks, meta=trace.meta)


def nested(size: int) -> Trace:
    """Calls of one thread, 40 deep."""
    random = np.random.default_rng(1)
    blocks = max(size // DEPTH, 1)
    depth = np.tile(np.arange(DEPTH), blocks)
    block = np.repeat(np.arange(blocks) * 40_000 + random.integers(0, 15_000, blocks), DEPTH)
    columns = {
        "ts": block + depth * 250,
        "dur": 22_000 - depth * 520,
        "category": np.full(blocks * DEPTH, Category.RUNTIME, np.uint8),
        "name": depth.astype(np.int32),
        "track": np.zeros(blocks * DEPTH, np.int32),
        "pid": np.ones(blocks * DEPTH, np.int64),
    }
    names = [f"call_at_depth_{number}" for number in range(DEPTH)]
    return Trace(columns, names=names, tracks=[Track(TrackKind.THREAD, "main", 1, 1)], meta={"format": "kineto"})


def make_trace(size: int, shape: str) -> Trace:
    """So many slices of a shape."""
    if shape == "nested":
        return nested(size)
    spans = make_spans(size)
    return split_lanes(spans) if shape == "lanes" else as_trace(spans)


def lanescope(size: int, shape: str) -> dict[str, Any]:
    """The timeline widget over observable state, with minimap and ruler."""
    from gui.state.document import Document, Status
    from gui.state.selection import SelectionState
    from gui.state.view import ViewState
    from gui.state.workspace import Workspace
    from gui.timeline.widget import TimelineWidget
    from profiler.report.exposed import exposed_spans
    from profiler.timeline.model import Timeline

    application = QApplication.instance()
    view, workspace = ViewState(), Workspace()
    widget = TimelineWidget(workspace, view, SelectionState())
    # A little more height where the gaps between many lanes would leave room for fewer than sixty.
    widget.resize(WIDTH, HEIGHT + 100 if shape == "lanes" else HEIGHT)
    widget.show()
    application.processEvents()
    empty = pss()
    trace = make_trace(size, shape)
    loaded = pss()
    timeline = Timeline(trace)
    document = Document(title=f"{size:,} slices")
    start = time.perf_counter()
    document.show(trace, timeline, status=Status.READY)
    workspace.add(document)
    view.set_limits(workspace.span_ns, fit=True)
    paint_now(widget, application)
    first = time.perf_counter() - start
    timeline = Timeline(trace, exposed_spans(trace))
    document.show(trace, timeline, status=Status.READY)
    arrange_for(shape, widget, document)
    paint_now(widget, application)

    def show(begin: int, end: int) -> None:
        view.show(begin, end)
        paint_now(widget, application)

    zooms = frame_times(show, workspace.span_ns, int(workspace.span_ns * 0.37))
    return {
        "rows_in_sight": sum(len(drawn.frame.rows) for drawn in widget.canvas.drawn),
        "first_picture_s": first,
        "bytes_a_slice": (pss() - empty) / size,
        "columns_bytes_a_slice": (loaded - empty) / size,
        "zooms": zooms,
        "truth": truth(widget, document, view) if shape == "plain" else None,
        # Last: it makes the slices anew.
        "index_s": index_s(size, shape),
    }


def paint_now(widget: QWidget, application: QApplication) -> None:
    """Handle events until the lanes have been painted for the view that is set."""
    widget.canvas.drawn = ()
    while not widget.canvas.drawn:
        application.processEvents()
    application.processEvents()


def arrange_for(shape: str, widget: QWidget, document: Any) -> None:
    """Open and scroll so that sixty lanes are in sight, or forty depths."""
    if shape == "plain":
        return
    tree = widget.canvas.stack.tree(document)
    nodes = [node for top in tree for node in top.walk()]
    for node in nodes:
        document.lanes.fold(node.key, folded=False)
        if shape == "lanes" and node.lane >= 0:
            document.lanes.resize(node.key, 0.5)
    if shape == "lanes":
        widget.canvas.scroll_to(widget.canvas.most_scroll() // 2)


def truth(widget: QWidget, document: Any, view: Any) -> dict[str, float]:
    """The worst mean error of a picture's busy shares, and how many busy pixels it left empty."""
    worst, empty = 0.0, 0
    for span in zoom_spans(document.span_ns)[:3]:
        view.show(int(document.span_ns * 0.37) if span < document.span_ns else 0, int(document.span_ns * 0.37) + span)
        paint_now(widget, QApplication.instance())
        frame = widget.canvas.drawn[0].frame
        edges, _ = frame.viewport.grid()
        errors = []
        for row in frame.rows:
            drawn, exact = (
                drawn_shares(frame, row.y, len(edges) - 1),
                exact_shares(document.timeline, row.number, edges),
            )
            errors.append(np.abs(drawn - exact).mean())
            empty += int(((drawn <= 0) & (exact > 0)).sum())
        worst = max(worst, float(np.mean(errors)))
    return {"mean_error": worst, "busy_pixels_left_empty": empty}


def drawn_shares(frame: Any, y: int, pixels: int) -> np.ndarray:
    share = np.zeros(pixels)
    for line in np.flatnonzero(frame.lines.y == y).tolist():
        share += frame.lines.share[line]
    mine = frame.boxes.y == y
    for x, w in zip(frame.boxes.x[mine].tolist(), frame.boxes.w[mine].tolist(), strict=True):
        share[x : x + w] = 1
    return share


def exact_shares(timeline: Any, number: int, edges: np.ndarray) -> np.ndarray:
    """Busy shares by running sums over all slices of a row."""
    tables = timeline.mipmap.maps[number]
    lengths = np.maximum(timeline.trace.dur[tables.rows], 1)
    begun = np.searchsorted(tables.starts, edges)
    total = np.concatenate(([0], np.cumsum(lengths)))
    last = np.maximum(begun - 1, 0)
    over = np.where(begun > 0, np.maximum(tables.starts[last] + lengths[last] - edges, 0), 0)
    return np.diff(total[begun] - over) / np.diff(edges)


def bargraph(size: int) -> dict[str, Any]:
    """pyqtgraph's own item for bars, one for each colour, over the same slices."""
    import pyqtgraph

    from profiler.timeline.paint import paint_of

    application = QApplication.instance()
    spans = make_spans(size)
    trace = as_trace(spans)
    pyqtgraph.setConfigOptions(background="w", foreground="k", antialias=False)
    plot = pyqtgraph.PlotWidget()
    plot.resize(WIDTH, HEIGHT)
    box = plot.getViewBox()
    box.setMouseEnabled(y=False)
    box.setYRange(0, 16, padding=0)
    box.disableAutoRange()
    plot.show()
    application.processEvents()
    empty = pss()
    start = time.perf_counter()
    paints = paint_of(trace)
    for paint in np.unique(paints).tolist():
        mine = paints == paint
        item = pyqtgraph.BarGraphItem(
            x0=spans.start[mine].astype(float), width=spans.dur[mine].astype(float), y0=spans.lane[mine] + 0.1,
            height=0.8, brush=pyqtgraph.intColor(paint), pen=None,
        )  # fmt: skip
        plot.addItem(item, ignoreBounds=True)
    whole = int((spans.start + spans.dur).max())

    def show(begin: int, end: int) -> None:
        box.setXRange(begin, end, padding=0)
        application.processEvents()

    show(0, whole)
    first = time.perf_counter() - start
    return {
        "rows_in_sight": 16,
        "first_picture_s": first,
        "bytes_a_slice": (pss() - empty) / size,
        "zooms": frame_times(show, whole, int(whole * 0.37)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tool", choices=("lanescope", "bargraph"))
    parser.add_argument("size", type=int)
    parser.add_argument("--shape", choices=("plain", "lanes", "nested"), default="plain")
    options = parser.parse_args()
    application = QApplication(sys.argv[:1])
    result = lanescope(options.size, options.shape) if options.tool == "lanescope" else bargraph(options.size)
    print(json.dumps({"platform": application.platformName(), **result}), flush=True)
    # Ends without the interpreter's own end: taking apart gigabytes of columns is not measured here.
    os._exit(0)


if __name__ == "__main__":
    main()
