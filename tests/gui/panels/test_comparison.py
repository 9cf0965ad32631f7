"""Comparing: states against a base, strategies ranked, operations matched."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QTableView, QTabWidget, QWidget

from gui.panels.comparison import ComparisonPanel
from gui.panels.states_page import METRICS, difference_text
from gui.state.document import Document, Status
from gui.state.selection import Slice
from gui.workers.jobs import Match, Rank
from profiler.analysis.diff import diff
from profiler.devices.sim.what_if import Factors
from profiler.experiment.compare import run_all
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.units import format_ns, format_percent
from tests.gui.panels.conftest import Desk, find, simulated
from tests.gui.panels.standin import show
from tests.gui.panels.traces import launched, two_gpus


@pytest.fixture
def panel(desk: Desk, shown: Callable[..., QWidget]) -> QWidget:
    def rank(done: Any, failed: Any) -> Any:
        job = Rank(spec=desk.scenario.spec(), factors=Factors())
        return desk.service.submit(job, channel="rank", done=done, partial=done, failed=failed)

    desk.scenario.update(workload="gemm", batch=4, device="sim:t4", precision="int8")
    return shown(ComparisonPanel(desk.jumper, desk.scenario, desk.service, rank))


def page(panel: QWidget, place: int, qtbot: Any) -> None:
    bar = find(panel, QTabWidget, "comparison-pages").tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(place).center())


def table(panel: QWidget, name: str) -> QTableView:
    found: QTableView = find(panel, QTableView, name)
    return found


def column(view: QTableView, place: int) -> list[str]:
    return [view.model().index(row, place).data() for row in range(view.model().rowCount())]


def titles(view: QTableView) -> list[str]:
    model = view.model()
    return [model.headerData(place, Qt.Orientation.Horizontal) for place in range(model.columnCount())]


def click(view: QTableView, row: int, column_number: int, qtbot: Any, *, twice: bool = False) -> None:
    at = view.visualRect(view.model().index(row, column_number)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    if twice:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)


class TestStates:
    def test_nothing_to_compare_is_said(self, desk: Desk, panel: QWidget) -> None:
        assert "Pin the timeline as A" in find(panel, QLabel, "comparison-words").text()
        assert not table(panel, "comparison-table").isVisible()

    def test_states_stand_beside_each_other_with_their_differences(self, desk: Desk, panel: QWidget) -> None:
        live = desk.simulate(batch=64)
        pinned = desk.simulate(letter="A", batch=1)
        view = table(panel, "comparison-table")
        assert titles(view) == ["figure", "live", "base: A"]
        rows = dict(zip(column(view, 0), zip(column(view, 1), column(view, 2), strict=True), strict=True))
        before, after = pinned.figures, live.figures
        assert before is not None
        assert after is not None
        assert rows["makespan"][1] == format_ns(before["makespan_ns"])
        percent = 100 * (after["makespan_ns"] - before["makespan_ns"]) / before["makespan_ns"]
        assert rows["makespan"][0] == f"{format_ns(after['makespan_ns'])}\n{percent:+.1f} %".replace("-", "−")
        assert rows["hidden"][0].startswith(format_percent(after["overlap"]["hidden_fraction"]))
        assert rows["hidden"][0].endswith(" pt")
        assert view.rowHeight(0) >= 2 * view.fontMetrics().height()
        assert not find(panel, QLabel, "comparison-words").isVisible()

    def test_another_base_is_chosen(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        desk.simulate(batch=64)
        desk.simulate(letter="A", batch=1)
        box = find(panel, QComboBox, "comparison-base")
        assert box.currentText() == "A"
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Up)
        assert titles(table(panel, "comparison-table")) == ["figure", "base: live", "A"]

    def test_a_title_activates_its_state(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        live = desk.simulate(batch=64)
        desk.simulate(letter="A", batch=1)
        header = table(panel, "comparison-table").horizontalHeader()
        at = QPoint(header.sectionViewportPosition(1) + 8, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert desk.workspace.active is live

    def test_files_compare_too_and_go_to_the_clipboard(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        desk.open(two_gpus(), title="rank0\u202e")
        desk.open(launched(), title="rank1")
        assert titles(table(panel, "comparison-table")) == ["figure", "base: rank0\\u202e", "rank1"]
        qtbot.mouseClick(find(panel, QPushButton, "copy-comparison"), Qt.MouseButton.LeftButton)
        assert QApplication.clipboard().text().startswith("figure\tbase: rank0")

    def test_differences(self) -> None:
        share, time = METRICS[0], METRICS[1]
        assert difference_text(time, 50, 100) == "−50.0 %"
        assert difference_text(time, 100, 100) == "="
        assert difference_text(time, 5310, 100) == "×53.1"
        assert difference_text(time, 1, 0) == ""
        assert difference_text(time, None, 3) == ""
        assert difference_text(share, 0.75, 0.5) == "+25.0 pt"


class TestStrategies:
    def ranked(self, panel: QWidget, qtbot: Any) -> QTableView:
        page(panel, 1, qtbot)
        view = table(panel, "ranking-table")
        words = find(panel, QLabel, "ranking-words")
        qtbot.waitUntil(lambda: words.text().endswith("its own knobs"))
        return view

    def test_nothing_is_ranked_before_it_is_seen(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        desk.scenario.batch = 2
        qtbot.wait(30)
        assert desk.service.questions(Rank) == []

    def test_the_table_is_that_of_compare(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        view = self.ranked(panel, qtbot)
        spec = ScenarioSpec(workload="gemm", batch=4, precision="int8", device="sim:t4")
        bench = Bench()
        product = Product(["gemm"], ["int8"], [4], ["all"], ["pinned"], ["sim:t4"])
        wanted = run_all([bench.scenario(one) for one in product.specs(spec)])
        order = [wanted.outcomes[entry.scenario] for entry in wanted.groups[0].by_throughput]
        serial = next(one for one in order if one.plan.strategy == "serial").throughput_per_s
        assert serial
        assert [name.split()[0] for name in column(view, 1)] == [one.plan.strategy for one in order]
        assert column(view, 2) == [f"×{(one.throughput_per_s or 0) / serial:.2f}" for one in order]
        assert "INT8 gains" in find(panel, QLabel, "verdict").text()
        assert find(panel, QLabel, "figure-lost_transfer").isVisible()

    def test_a_click_applies_and_the_scenarios_own_is_marked(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        view = self.ranked(panel, qtbot)
        place = column(view, 1).index("three-stream")
        click(view, place, 1, qtbot)
        assert desk.scenario.strategy == "three-stream"
        desk.scenario.strategy = "serial"
        marked = view.selectionModel().selectedRows()
        assert [column(view, 1)[index.row()] for index in marked] == ["serial"]
        assert len(desk.service.questions(Rank)) == 1

    def test_a_double_click_pins_once_it_is_shown(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        live = desk.simulate(batch=16)
        pins: list[Document] = []
        panel.pin_asked.connect(lambda: pins.append(live))
        view = self.ranked(panel, qtbot)
        click(view, column(view, 1).index("serial"), 1, qtbot, twice=True)
        assert desk.scenario.strategy == "serial"
        qtbot.wait(30)
        assert pins == []
        outcome = simulated(batch=16, strategy="serial")
        show(desk.service, live, outcome.trace, outcome.to_json())
        qtbot.waitUntil(lambda: pins == [live])

    def test_a_ranking_says_what_it_is_of_while_the_next_is_made(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        self.ranked(panel, qtbot)
        desk.service.held = True
        for batch in (8, 16):
            desk.scenario.batch = batch
            QApplication.processEvents()
        words = find(panel, QLabel, "ranking-words")
        desk.service.let_go()
        desk.service.held = True
        qtbot.waitUntil(lambda: "batch 4" not in words.text())
        assert "batch 8:" in words.text()
        desk.service.let_go()
        qtbot.waitUntil(lambda: "batch 16:" in words.text())

    def test_a_moved_knob_ranks_again(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        self.ranked(panel, qtbot)
        desk.scenario.batch = 2
        qtbot.waitUntil(lambda: "batch 2:" in find(panel, QLabel, "ranking-words").text())

    def test_what_is_impossible_and_what_fails_is_said(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        self.ranked(panel, qtbot)
        desk.scenario.memory = "pageable"
        qtbot.waitUntil(lambda: find(panel, QLabel, "refused").text().startswith("Not possible here: "))
        desk.service.failure = "the worker ended"
        desk.scenario.batch = 3
        qtbot.waitUntil(lambda: find(panel, QLabel, "ranking-problem").text() == "the worker ended.")
        assert not table(panel, "ranking-table").isVisible()


class TestOperations:
    def test_two_are_needed(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        page(panel, 2, qtbot)
        desk.open(two_gpus())
        assert "Two timelines are needed" in find(panel, QLabel, "matched-words").text()
        assert not find(panel, QPushButton, "copy-matched").isVisible()

    def matched(self, desk: Desk, panel: QWidget, qtbot: Any) -> tuple[QTableView, Document, Document]:
        page(panel, 2, qtbot)
        live = desk.simulate(batch=64)
        pinned = desk.simulate(letter="A", batch=16)
        view = table(panel, "matched-table")
        qtbot.waitUntil(lambda: view.model().rowCount() > 0)
        return view, pinned, live

    def test_rows_are_those_of_diff(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        view, pinned, live = self.matched(desk, panel, qtbot)
        assert pinned.trace is not None
        assert live.trace is not None
        wanted = diff(pinned.trace, live.trace)
        assert titles(view)[2:4] == ["A", "live"]
        changes = [abs(row.b_ns - row.a_ns) for row in wanted.rows]
        assert len(column(view, 0)) == len(wanted.rows)
        assert column(view, 1)[0].lstrip("+−") == format_ns(max(changes))
        words = find(panel, QLabel, "matched-words").text()
        assert (
            words == f"{wanted.matched:,} operations matched, {wanted.only_a} only in A, {wanted.only_b} only in live"
        )

    def test_a_row_jumps_to_the_pair_that_differs_most(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        view, pinned, live = self.matched(desk, panel, qtbot)
        jumps: list[Slice] = []

        def listen(chosen: Slice | None) -> None:
            if chosen is not None:
                jumps.append(chosen)

        desk.selection.events.selected.connect(listen)
        click(view, 1, 0, qtbot)
        assert [one.document for one in jumps] == [pinned.id, live.id]
        names = {desk.workspace.find(one.document).trace.name_of(one.row) for one in jumps}
        assert names == {column(view, 0)[1]}

    def test_the_csv_has_signed_ns(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        _, pinned, live = self.matched(desk, panel, qtbot)
        assert pinned.trace is not None
        assert live.trace is not None
        qtbot.mouseClick(find(panel, QPushButton, "copy-matched"), Qt.MouseButton.LeftButton)
        rows = list(csv.DictReader(io.StringIO(QApplication.clipboard().text())))
        wanted = diff(pinned.trace, live.trace)
        assert sum(int(row["change_ns"]) for row in rows) == sum(row.b_ns - row.a_ns for row in wanted.rows)

    def test_a_new_trace_is_matched_again(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        _, _, live = self.matched(desk, panel, qtbot)
        live.title = "the same"
        QApplication.processEvents()
        assert len(desk.service.questions(Match)) == 1
        outcome = simulated(batch=16)
        show(desk.service, live, outcome.trace, outcome.to_json())
        qtbot.waitUntil(lambda: column(table(panel, "matched-table"), 1)[0] == "=")
        desk.workspace.remove(live)
        assert "Two timelines" in find(panel, QLabel, "matched-words").text()

    def test_numbers_of_other_timelines_are_not_shown_under_these_names(
        self, desk: Desk, panel: QWidget, qtbot: Any
    ) -> None:
        view, pinned, live = self.matched(desk, panel, qtbot)
        other = desk.simulate(letter="B", batch=4)
        desk.service.held = True
        box = find(panel, QComboBox, "matched-b")
        assert box.currentText() == "live"
        # One question about the old pair is still under way when another is picked.
        outcome = simulated(batch=8)
        show(desk.service, live, outcome.trace, outcome.to_json())
        QApplication.processEvents()
        box.setFocus()
        qtbot.keyClick(box, Qt.Key.Key_Up)
        assert box.currentText() == "B"
        assert view.model().rowCount() == 0
        assert find(panel, QLabel, "matched-words").text() == "Matching…"
        QApplication.processEvents()
        desk.service.let_go()
        qtbot.waitUntil(lambda: view.model().rowCount() > 0)
        assert other.trace is not None
        assert pinned.trace is not None
        assert titles(view)[2:4] == ["A", "B"]
        changes = [abs(row.b_ns - row.a_ns) for row in diff(pinned.trace, other.trace).rows]
        assert column(view, 1)[0].lstrip("+−") == format_ns(max(changes))

    def test_a_failure_is_said(self, desk: Desk, panel: QWidget, qtbot: Any) -> None:
        page(panel, 2, qtbot)
        desk.service.failure = "the worker ended"
        desk.simulate(batch=64)
        other = desk.simulate(letter="A", batch=16)
        qtbot.waitUntil(lambda: find(panel, QLabel, "matched-problem").text() == "the worker ended.")
        assert other.status is Status.READY
