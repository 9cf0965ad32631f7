"""Durations of a name as a histogram, and the walk through its instances."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gui.panels.histogram import HistogramPanel
from gui.panels.histogram_plot import HistogramPlot
from gui.state.document import Document
from gui.state.selection import Slice
from gui.workers.jobs import Histogram
from profiler.report.palette import LIGHT
from profiler.timeline.paint import Paint
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.traces import many

Show = Callable[..., QWidget]


@pytest.fixture
def panel(desk: Desk, shown: Show) -> QWidget:
    return shown(HistogramPanel(desk.jumper, desk.service))


@pytest.fixture
def document(desk: Desk, panel: QWidget) -> Document:
    return desk.open(many())


def words(panel: QWidget) -> str:
    return str(find(panel, QLabel, "histogram-words").text())


def test_without_a_name_it_says_what_to_do(panel: QWidget) -> None:
    assert "Select a slice" in words(panel)
    assert not find(panel, QPushButton, "next-instance").isEnabled()


def test_the_selected_slice_has_its_name_counted(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.selection.selected = Slice(document.id, 7)
    qtbot.waitUntil(lambda: words(panel).startswith("250 slices"))
    assert find(panel, QLabel, "histogram-name").whole == "kernel_07"
    plot = find(panel, HistogramPlot, "histogram-plot")
    held = [int(plot.bin_text(place).split()[0]) for place in range(len(plot._lengths.counts))]
    assert sum(held) == 250


def test_bars_are_where_the_counts_are(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    plot = find(panel, HistogramPlot, "histogram-plot")
    counts = [4, 0, 2, 1]
    lengths = SimpleNamespace(
        edges_ns=[10, 100, 1000, 10_000, 100_001], counts=counts, count=7, sum_ns=1, min_ns=10, median_ns=50,
        p95_ns=99, max_ns=100_000,
    )  # fmt: skip
    plot.setVisible(True)
    plot.resize(400, 200)
    plot.show_lengths(lengths, -1)
    image = plot.grab().toImage()
    colour = LIGHT.paint[Paint.KERNEL]
    heights = [0, 0, 0, 0]
    for x in range(image.width()):
        place = plot.bin_at(x)
        if place is not None:
            column = [image.pixelColor(x, y).name().upper() for y in range(image.height())]
            heights[place] = max(heights[place], column.count(colour))
    tallest = max(heights)
    assert [round(4 * height / tallest) for height in heights] == counts


def test_earlier_and_later_instances(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.selection.selected = Slice(document.id, 27)
    later, earlier = find(panel, QPushButton, "next-instance"), find(panel, QPushButton, "previous-instance")
    qtbot.waitUntil(later.isEnabled)
    for control, row in ((later, 47), (later, 67), (earlier, 47), (earlier, 27), (earlier, 7)):
        qtbot.waitUntil(control.isEnabled)
        qtbot.mouseClick(control, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda row=row: desk.selection.selected == Slice(document.id, row))
    qtbot.waitUntil(earlier.isEnabled)
    qtbot.mouseClick(earlier, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: find(panel, QLabel, "instance-place").text() == "the first one")


def test_the_keyboard_walks_through_instances_without_counting_anew(
    desk: Desk, document: Document, panel: QWidget, qtbot: Any
) -> None:
    desk.selection.selected = Slice(document.id, 27)
    later = find(panel, QPushButton, "next-instance")
    qtbot.waitUntil(later.isEnabled)
    later.setFocus()
    for row in (47, 67, 87):
        qtbot.keyClick(later, Qt.Key.Key_Space)
        qtbot.waitUntil(lambda row=row: desk.selection.selected == Slice(document.id, row))
        assert later.hasFocus()
        assert words(panel).startswith("250 slices")
    assert len(desk.service.questions(Histogram)) == 1
    desk.selection.selected = Slice(document.id, 8)
    assert words(panel) == "Counting…"


def test_a_chosen_name_is_walked_from_its_first_slice(
    desk: Desk, document: Document, panel: QWidget, qtbot: Any
) -> None:
    desk.selection.selected = Slice(document.id, 3)
    desk.selection.named = Slice(document.id, 5)
    later = find(panel, QPushButton, "next-instance")
    qtbot.waitUntil(lambda: find(panel, QLabel, "histogram-name").whole == "kernel_05" and later.isEnabled())
    qtbot.mouseClick(later, Qt.MouseButton.LeftButton)
    assert desk.selection.selected == Slice(document.id, 5)
    qtbot.mouseClick(later, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.selection.selected == Slice(document.id, 25))
    assert desk.selection.named == Slice(document.id, 5)
    desk.selection.selected = Slice(document.id, 8)
    assert desk.selection.named is None
    qtbot.waitUntil(lambda: find(panel, QLabel, "histogram-name").whole == "kernel_08")


def test_a_name_without_durations(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.selection.selected = Slice(document.id, 4999)
    qtbot.waitUntil(lambda: words(panel) == "No slice of this name has a duration.")
    assert not find(panel, QPushButton, "next-instance").isEnabled()
