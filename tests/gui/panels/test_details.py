"""The details panel: what is known of a slice, and going on from it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QPlainTextEdit, QPushButton, QWidget

from gui.panels.detail_rows import ARGUMENTS_MOST, arguments_text, as_text, length_text, share_below
from gui.panels.details import DetailsPanel
from gui.state.document import Document
from gui.state.selection import Slice
from gui.workers.jobs import Lengths
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.traces import HOSTILE, launched

COPY, FIRST, LAST, ODD = 0, 1, 4, 5


@pytest.fixture
def panel(desk: Desk, shown: Callable[..., QWidget]) -> QWidget:
    return shown(DetailsPanel(desk.jumper, desk.service))


@pytest.fixture
def document(desk: Desk, panel: QWidget) -> Document:
    return desk.open(launched())


def select(desk: Desk, document: Document, row: int, panel: QWidget, qtbot: Any) -> None:
    desk.selection.selected = Slice(document.id, row)
    qtbot.waitUntil(lambda: find(panel, QPushButton, "copy-details").isEnabled())
    QApplication.processEvents()


def related(panel: QWidget) -> list[str]:
    items = find(panel, QListWidget, "related-slices")
    return [items.item(place).text() for place in range(items.count())]


def test_without_a_slice_it_says_how_to_get_one(panel: QWidget) -> None:
    assert "Click a slice" in find(panel, QLabel, "details-empty").text()
    assert find(panel, QLabel, "details-empty").isVisible()
    assert not find(panel, QPushButton, "copy-details").isEnabled()


def test_columns_and_arguments_show(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    select(desk, document, FIRST, panel, qtbot)
    assert find(panel, QLabel, "slice-name").whole == "conv"
    assert find(panel, QLabel, "fact-category").whole == "kernel"
    assert find(panel, QLabel, "fact-duration").whole == "10.00 µs (10,000 ns)"
    assert '"grid"' in find(panel, QPlainTextEdit, "slice-arguments").toPlainText()
    assert not find(panel, QLabel, "details-empty").isVisible()


def test_the_launch_and_its_delay_and_what_it_waited_for(
    desk: Desk, document: Document, panel: QWidget, qtbot: Any
) -> None:
    select(desk, document, FIRST, panel, qtbot)
    assert related(panel) == ["called by cudaLaunchKernel, 65.00 µs earlier", "waited for HtoD (event)"]
    items = find(panel, QListWidget, "related-slices")
    items.setFocus()
    items.setCurrentRow(1)
    qtbot.keyClick(items, Qt.Key.Key_Return)
    assert desk.selection.selected == Slice(document.id, COPY)
    qtbot.waitUntil(lambda: related(panel)[-1:] == ["held up conv (event)"])


def test_an_exposed_copy_says_why(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    select(desk, document, COPY, panel, qtbot)
    words = find(panel, QLabel, "slice-exposure").text()
    assert words.startswith("50.00 µs of this copy (100.0 %) is exposed.")
    assert "dependency: the next kernel needs this very copy." in words
    assert find(panel, QWidget, "slice-hidden-bar").isVisible()
    select(desk, document, FIRST, panel, qtbot)
    qtbot.waitUntil(lambda: not find(panel, QWidget, "slice-hidden-bar").isVisible())


def test_neighbours_on_the_engine_are_a_click_away(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    before, after = find(panel, QPushButton, "neighbour-before"), find(panel, QPushButton, "neighbour-after")
    select(desk, document, FIRST, panel, qtbot)
    assert (before.isEnabled(), after.isEnabled()) == (False, True)
    for row in (2, 3, 4):
        qtbot.mouseClick(after, Qt.MouseButton.LeftButton)
        assert desk.selection.selected == Slice(document.id, row)
        qtbot.waitUntil(before.isEnabled)
    qtbot.keyClick(before, Qt.Key.Key_Space)
    assert desk.selection.selected == Slice(document.id, 3)


def test_a_neighbour_out_of_view_is_brought_into_it(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.view.show(65_000, 85_000)
    select(desk, document, FIRST, panel, qtbot)
    qtbot.mouseClick(find(panel, QPushButton, "neighbour-after"), Qt.MouseButton.LeftButton)
    start, end = desk.view.shown
    assert start <= 90_000
    assert end >= 110_000


def test_where_a_duration_stands_among_its_name(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    select(desk, document, LAST, panel, qtbot)
    label = find(panel, QLabel, "slice-length")
    qtbot.waitUntil(lambda: "75.0 % of the 4 slices" in label.text())
    assert "median is 30.00 µs" in label.text()
    found = Lengths([10, 20, 40, 80, 161], [1, 2, 4, 1], 8, 400, 10, 45, 150, 160)
    shares = [share_below(ns, found) for ns in (1, 10, 20, 40, 80, 161)]
    assert shares == [0, 0, 1 / 8, 3 / 8, 7 / 8, 7 / 8]
    assert length_text(5, SimpleNamespace(count=1, median_ns=5)) == ""


def test_hostile_names_are_plain_and_short(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    select(desk, document, ODD, panel, qtbot)
    label = find(panel, QLabel, "slice-name")
    assert label.whole.startswith("<b>bold</b>\\u202e\U0001f525\\x1b[31m&amp;xxx")
    assert label.whole.endswith("…")
    assert "<b>" not in label.toolTip()
    assert label.width() <= panel.width()
    qtbot.mouseClick(find(panel, QPushButton, "copy-details"), Qt.MouseButton.LeftButton)
    assert HOSTILE in QApplication.clipboard().text()


def test_the_newest_selection_wins(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.service.held = True
    for row in (COPY, FIRST, LAST):
        desk.selection.selected = Slice(document.id, row)
        QApplication.processEvents()
    desk.service.let_go()
    qtbot.waitUntil(lambda: find(panel, QPushButton, "copy-details").isEnabled())
    assert find(panel, QLabel, "fact-duration").whole == "80.00 µs (80,000 ns)"


def test_a_closed_document_empties_it(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    select(desk, document, FIRST, panel, qtbot)
    desk.workspace.remove(document)
    assert find(panel, QLabel, "details-empty").isVisible()
    assert related(panel) == []


def test_an_error_is_said(desk: Desk, document: Document, panel: QWidget, qtbot: Any) -> None:
    desk.service.failure = "the worker ended"
    desk.selection.selected = Slice(document.id, FIRST)
    qtbot.waitUntil(lambda: find(panel, QLabel, "details-problem").text() == "the worker ended.")


def test_arguments_of_any_kind_are_text() -> None:
    assert arguments_text({"a": [1]}) == '{\n  "a": [\n    1\n  ]\n}'
    assert arguments_text("not\x00 json") == "not\\x00 json"
    assert arguments_text({}) == ""


def test_arguments_that_are_cut_say_so_and_are_copied_whole() -> None:
    long = "".join(f"line {number}\n" for number in range(3000)) + "z" * 5000 + "\u202e"
    assert len(arguments_text(long, most=None)) == len(long) + len("\\u202e") - 1
    about = SimpleNamespace(
        row=0, columns=[("name", "k")], launch=None, launched=(), partners=(), parents=(), children=(),
        exposed_ns=None, arguments=long,
    )  # fmt: skip
    assert as_text(about, [], "").endswith("\n" + "z" * 5000 + "\\u202e\n")
    shown = arguments_text(long)
    assert shown.splitlines()[:-1] == long[:ARGUMENTS_MOST].splitlines()
    assert shown.endswith(f"\n… {len(long) - ARGUMENTS_MOST:,} more characters: Copy has all of them")
    assert "more characters" not in arguments_text("y" * ARGUMENTS_MOST)
