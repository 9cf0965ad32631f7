"""The window and ``lanescope render`` draw one picture: boxes, colours and labels, compared pixel by pixel."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QFont, QImage

from gui.timeline.look import Metrics
from gui.timeline.stack import Placed
from gui.timeline.texts import Texts
from profiler.io import read_trace
from profiler.report.palette import THEMES
from profiler.report.png import png_of
from profiler.report.svg import render_svg
from profiler.report.svg_font import measure_at
from profiler.report.svg_page import Panel, Shown, make_page
from profiler.timeline.arrange import StripKind
from profiler.trace.tables import Trace
from tests.gui.panels.conftest import simulated
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.report.svg_reading import NS, Page

TRACES = (
    "cke-gtx950-6streams-nvprof_gputrace.csv",
    "hta-a100-event_sync_multi_stream.json.gz",
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "mordred-rtx6000-report1-old.sqlite",
    "nsightful-t4-power_iteration.sqlite",
    "nsysai-h100_2gpu_1s.sqlite",
    "trex-a100-resnet18-fp32.timing.json",
)

#: Channels of 255 by which a pixel may differ: shades of busy shares are fewer in a file.
NEAR = 6


@dataclass
class Both:
    """One trace in a window high enough for all of its lanes, and in a file with a time axis as wide."""

    stage: Stage
    svg: str
    scale: float

    @property
    def column(self) -> int:
        return self.stage.canvas.column_px()

    def corner(self) -> tuple[float, float]:
        """Where the lanes of the file begin."""
        group = next(drawn for drawn in Page(self.svg).all("g") if drawn.element.get("shape-rendering"))
        return group.dx, group.dy

    def strips(self) -> list[Placed]:
        """What the window shows; the file leaves out folded groups that have no row."""
        placed = [placed for drawn in self.stage.canvas.drawn for placed in drawn.placed]
        return [one for one in placed if one.strip.rows or one.strip.kind != StripKind.FOLDED]

    def tops(self) -> dict[str, float]:
        """Where each strip begins in the file, from the first one, in pixels of the window."""
        timeline = self.stage.document.timeline
        panel = Panel("t", "", timeline, {})
        page = make_page([panel], width=800, window=(0, 10), max_height=10**6, shown=Shown(), scale=self.scale)
        return {strip.node.key: strip.y for strip in page.lanes[0].strips}


def drawn_twice(make: Make, trace: Trace, part: int, theme: str, scale: float = 1.0) -> Both:
    document = as_document(trace, "t")
    stage = make(document, size=(round(1000 * scale), 300), scale=scale)
    stage.widget.set_theme(THEMES[theme])
    span = max(document.span_ns, 10)
    start = span // 3 if part > 1 else 0
    window = (start, start + max(span // part, 10))
    stage.widget.resize(round(1000 * scale), 300 + round(stage.canvas.stack.height))
    stage.view.show(*window)
    stage.settle()
    seen = stage.view.shown
    stage.canvas.redraw()
    stage.settle()
    want = (stage.canvas.width_px() - stage.canvas.column_px()) / scale
    width = 1000
    for _ in range(3):
        svg = render_svg([("t", trace)], width=width, window=seen, theme=theme, max_height=10**6, scale=scale)
        axis = next(line for line in Page(svg).all("line") if "a" in line.classes)
        missing = round(want - (axis.number("x2") - axis.number("x1")))
        if not missing:
            return Both(stage, svg, scale)
        width += missing
    raise AssertionError("no page has such a time axis")


def channels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return flat[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)


def assert_same_pixels(both: Both) -> None:
    stage, scale = both.stage, both.scale
    top = stage.canvas.y()
    window = channels(stage.widget.render_image())[top : top + stage.canvas.height_px()]
    without = re.sub(r"<text.*?</text>", "", both.svg, flags=re.DOTALL)
    picture = channels(QImage.fromData(png_of(without)))
    left, y = (round(edge * scale) for edge in both.corner())
    strips, tops = both.strips(), both.tops()
    assert [placed.strip.node.key for placed in strips] == list(tops)
    # The very last pixels may be those that the page cuts at the axis' end, half of one at a fractional scale.
    width = stage.canvas.width_px() - both.column - 1
    assert max(placed.strip.rows for placed in strips)
    for placed in strips:
        if not placed.strip.rows:
            continue
        up, high = round(placed.y), round(placed.strip.height)
        mine = window[up : up + high, both.column : both.column + width]
        other = picture[y + round(tops[placed.strip.node.key]) :][:high, left : left + width]
        apart = np.abs(mine - other).max(axis=2) > NEAR
        assert apart.mean() == 0, (placed.strip.node.title, np.argwhere(apart)[:5].tolist())


@pytest.fixture
def no_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Texts, "draw", lambda *_: None)


class FileMetrics(Metrics):
    """Widths as the file takes them, so that ticks and labels are those that fit one font."""

    def __init__(self, font: QFont) -> None:
        super().__init__(font)
        self._width = measure_at(font.pixelSize())

    def __call__(self, text: str) -> float:
        return self._width(text)


@pytest.fixture
def one_font(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.timeline.texts.Metrics", FileMetrics)


@pytest.mark.usefixtures("no_texts", "one_font")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("batch", [1, 128])
def test_a_simulated_plan_has_the_same_pixels(make: Make, batch: int, theme: str) -> None:
    trace = simulated(batch=batch).trace
    for part in (1, 9):
        assert_same_pixels(drawn_twice(make, trace, part, theme))


@pytest.mark.usefixtures("no_texts", "one_font")
@pytest.mark.parametrize("scale", [1.5, 2.0])
def test_at_a_larger_scale_too(make: Make, scale: float) -> None:
    assert_same_pixels(drawn_twice(make, simulated(batch=128).trace, 2, "light", scale))


@pytest.mark.usefixtures("no_texts", "one_font")
@pytest.mark.parametrize("part", [1, 10, 300])
@pytest.mark.parametrize("name", TRACES)
def test_traces_of_others_have_the_same_pixels(
    make: Make, third_party_trace: Callable[[str], Path], name: str, part: int
) -> None:
    assert_same_pixels(drawn_twice(make, read_trace(third_party_trace(name)), part, "light"))


Label = tuple[float, float, str, str]


def labels_of_file(both: Both) -> set[Label]:
    page, theme = Page(both.svg), THEMES["light"]
    inks = {str(int(paint)): theme.ink(paint).lower() for paint in theme.paint}
    return {
        (round(drawn.number("x")), round(drawn.number("y")), drawn.element.text or "", inks[name[1:]])
        for drawn in page.all("text")
        for name in drawn.classes
        if re.fullmatch(r"t\d+", name)
    }


def labels_of_window(both: Both) -> set[Label]:
    """Texts on boxes in the window's own SVG, in pixels from the first strip."""
    root = ET.fromstring(both.stage.widget.render_svg())
    strips, tops, found = both.strips(), both.tops(), set()
    inks = {THEMES["light"].ink(paint).lower() for paint in THEMES["light"].paint}
    for group in root.iter(f"{NS}g"):
        moved = re.fullmatch(r"matrix\(1,0,0,1,(\d+),(\d+)\)", group.get("transform", ""))
        if moved and (int(moved[1]), int(moved[2])) == (both.column, both.stage.canvas.y()):
            for text in group.findall(f"{NS}text"):
                x, y = round(float(text.get("x", "0"))), float(text.get("y", "0"))
                if text.get("fill", "") in inks:
                    strip = next(placed for placed in strips if placed.y <= y < placed.bottom + 1)
                    y += tops[strip.strip.node.key] - strip.y
                    found.add((x, round(y), (text.text or "").strip(), text.get("fill", "")))
    return found


def assert_same_labels(both: Both) -> int:
    mine, other = labels_of_window(both), labels_of_file(both)
    left, right = (
        sorted((x, text, ink) for x, _, text, ink in mine),
        sorted((x, text, ink) for x, _, text, ink in other),
    )
    assert left == right
    # Baselines: the window sets capitals of its font in the middle of the box, the file those of the fonts it asks for.
    for (_, y, *_), (_, lower, *_) in zip(sorted(mine), sorted(other), strict=True):
        assert abs(y - lower) <= 1
    return len(mine)


@pytest.mark.usefixtures("one_font")
@pytest.mark.parametrize("part", [1, 20])
def test_boxes_of_a_simulated_plan_have_the_same_labels(make: Make, part: int) -> None:
    assert assert_same_labels(drawn_twice(make, simulated(batch=128).trace, part, "light")) > 5


@pytest.mark.usefixtures("one_font")
@pytest.mark.parametrize("name", TRACES)
def test_boxes_of_traces_of_others_have_the_same_labels(
    make: Make, third_party_trace: Callable[[str], Path], name: str
) -> None:
    trace = read_trace(third_party_trace(name))
    assert sum(assert_same_labels(drawn_twice(make, trace, part, "light")) for part in (1, 40, 400)) > 0


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_label_never_leaves_its_box_in_the_windows_own_font(make: Make, scale: float) -> None:
    stage = make(as_document(simulated(batch=128).trace), size=(1400, 900), scale=scale)
    measure, pad = Metrics(stage.canvas.look.label_font), stage.canvas.look.style.label_pad_px
    checked = 0
    for drawn in stage.canvas.drawn:
        boxes = drawn.frame.boxes
        for caption in drawn.frame.captions:
            mine = (boxes.x + pad == caption.x) & (boxes.y + boxes.h / 2 == caption.y)
            assert measure(caption.text) <= boxes.w[mine].max() - 2 * pad
            checked += 1
    assert checked > 8


def test_folded_rows_and_counters_are_compared_too(make: Make) -> None:
    both = drawn_twice(make, simulated(batch=128, strategy="breadth-first", streams=16, chunks=16).trace, 1, "light")
    kinds = {placed.strip.kind for placed in both.strips()}
    assert {StripKind.FOLDED, StripKind.COUNTER, StripKind.LANE} <= kinds
