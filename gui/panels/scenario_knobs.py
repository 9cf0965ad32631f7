"""The rows of the scenario panel."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.panels.knobs import KnobGrid
from gui.panels.text import tooltip
from profiler.plan.registry import STRATEGIES
from profiler.plan.settings import MAX_BATCH, MAX_STREAMS, MAX_THREADS, MEMORIES
from profiler.workload.model import INPUT_FORMATS, PRECISIONS

#: Stands for "ask for a file" in a list.
FILE = "\0file"

STRATEGY_TIPS = {
    "serial": "One stream: copy in, compute, copy out, and wait.",
    "depth-first": "Chunk after chunk, each from copy in to copy out, over several streams.",
    "breadth-first": "All copies in, then all kernels, then all copies out, over several streams.",
    "three-stream": "A stream each for copies in, kernels and copies out, joined by events.",
    "graph": "The plan of another strategy, captured as a CUDA graph and launched by one call.",
    "in-flight": "Several requests at once, each on a stream of its own.",
    "zero-copy": "No copies: kernels read and write host memory over the link.",
}

_LARGEST_SIZE = 2**31 - 1
_COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_FEW = (1, 2, 3, 4, 5, 6, 8, 12, 16)
_SIZES = (1, 16, 256, 512, 1000, 1024, 2048, 4096, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 22, 1 << 24)


def add_rows(grid: KnobGrid) -> None:
    """All rows but the batch, in the order in which the Tab key goes through them."""
    grid.choice("workload", "What one batch computes: a network, a small kernel, or a TOML file of your own.")
    grid.choice("precision", "Numbers that the kernels compute with.", _named(PRECISIONS))
    tip = "What an image is copied as: uint8 is a quarter of the bytes."
    grid.choice("input_format", tip, _named(INPUT_FORMATS), label="input")
    grid.stepper("size", "Elements of an array, or side of a matrix.", _SIZES, most=_LARGEST_SIZE)
    grid.section("Pipeline")
    strategy = grid.choice("strategy", "How work is put on streams.", _named(STRATEGIES))
    for place, name in enumerate(STRATEGIES):
        strategy.setItemData(place, tooltip(STRATEGY_TIPS[name]), Qt.ItemDataRole.ToolTipRole)
    grid.choice("base", "The strategy that a graph captures.")
    grid.stepper("streams", "Streams that carry chunks; in flight, the requests at once.", _FEW, most=MAX_STREAMS)
    grid.stepper("chunks", "Parts that a batch is cut into.", _COUNTS, most=MAX_BATCH)
    grid.stepper("buffers", "Slots of the ring of buffers.", _FEW, most=MAX_BATCH)
    grid.choice("memory", "Host memory that is copied from and to.", _named(MEMORIES))
    grid.stepper("requests", "Batches that are run.", (1, 2, 4, 8, 16, 32, 64), most=MAX_BATCH)
    tip = "Host threads that issue calls."
    grid.stepper("issue_threads", tip, (1, 2, 3, 4, 6, 8), most=MAX_THREADS, automatic=False, label="threads")
    grid.section("Device")
    grid.choice("device", "What the scenario runs on.")
    tip = "Timed repeats; figures are of the one nearest the median."
    grid.stepper("repeats", tip, (1, 3, 5, 10, 20, 50, 100), most=MAX_BATCH, automatic=False)
    grid.section("What if")
    grid.factor("bandwidth", "The link, faster or slower.")
    grid.factor("compute", "Kernels, faster or slower.")
    grid.factor("launch", "Host calls, dearer or cheaper.")


def _named(names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]
