"""The figures panel: the same numbers as the analysis, of the stretch that is seen or measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QWidget

from gui.panels.figures import FiguresPanel
from gui.state.document import Document, Kind, Status
from gui.workers.jobs import Figures
from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import analyze_devices
from profiler.report.palette import DARK, LIGHT
from profiler.units import format_ns, format_percent
from tests.gui.panels.conftest import Desk, find, simulated
from tests.gui.panels.standin import show
from tests.gui.panels.traces import host_only, two_gpus, with_communication, with_graph

Show = Callable[..., QWidget]


@pytest.fixture
def panel(desk: Desk, shown: Show) -> QWidget:
    return shown(FiguresPanel(desk.workspace, desk.view, desk.service))


def text(panel: QWidget, name: str) -> str:
    return str(find(panel, QLabel, name).text())


def expected(desk: Desk, document: Document) -> Any:
    seen = max(desk.view.shown[0], 0), min(desk.view.shown[1], document.span_ns)
    start, end = (edge + document.origin_ns for edge in desk.view.measured or seen)
    return analyze_devices(document.trace, window=(start, end))[0]


def test_nothing_open_is_said(panel: QWidget) -> None:
    assert text(panel, "figures-title") == "Nothing is open"
    assert "Open a trace" in text(panel, "figures-stretch")
    assert not find(panel, QPushButton, "copy-figures").isEnabled()


def test_the_figures_follow_what_is_seen_and_measured(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    for move in (lambda: None, lambda: desk.view.show(0, document.span_ns // 3), lambda: desk.view.measure(9, 700_000)):
        move()
        device = expected(desk, document)
        wanted = f"hidden under kernels {format_ns(device.hidden_ns)}"
        qtbot.waitUntil(lambda wanted=wanted: text(panel, "hidden") == wanted)
        assert text(panel, "exposed") == f"exposed {format_ns(device.exposed_ns)}"
        assert text(panel, "hidden-fraction") == f"{format_percent(device.hidden_fraction)} hidden"
        assert text(panel, "figure-idle_ns") == format_ns(device.idle_ns)
        assert text(panel, "figure-copy_ns") == format_ns(device.copy_ns)
    assert text(panel, "figures-stretch").startswith("Measured: 9 ns to 700.0 µs on GPU 0")


def test_figures_say_of_which_stretch_they_are_until_those_of_the_new_one_are_known(
    desk: Desk, panel: QWidget, qtbot: Any
) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    seen = []
    for part in (3, 4, 5):
        desk.view.show(0, document.span_ns // part)
        seen.append((text(panel, "figures-stretch"), text(panel, "hidden")))
    assert len(set(seen)) == 1
    assert seen[0][0].startswith("All of it")
    device = expected(desk, document)
    qtbot.waitUntil(lambda: text(panel, "hidden") == f"hidden under kernels {format_ns(device.hidden_ns)}")
    assert text(panel, "figures-stretch").startswith(f"Seen: 0 ns to {format_ns(document.span_ns // 5)}")


def test_every_cause_has_a_bar_a_meaning_and_a_remedy(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    causes = expected(desk, document).causes
    assert len(causes) > 1
    qtbot.waitUntil(lambda: panel.findChild(QLabel, f"cause-{next(iter(causes))}") is not None)
    for name, ns in causes.items():
        label = find(panel, QLabel, f"cause-{name}")
        assert label.isVisible()
        assert label.toolTip()
        assert find(panel, QWidget, f"cause-{name}-bar").isVisible()
        assert any(one.text() == format_ns(ns) for one in panel.findChildren(QLabel))
    assert text(panel, "remedy").startswith("Mostly, ")


def test_a_run_has_its_makespan_bounds_and_latencies(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    figures = desk.simulate(batch=64).figures
    assert figures is not None
    qtbot.waitUntil(lambda: text(panel, "figure-makespan_ns") == format_ns(figures["makespan_ns"]))
    assert text(panel, "figure-throughput") == f"{figures['throughput_per_s']:,.0f} /s"
    assert text(panel, "figure-achieved") == format_percent(figures["bounds"]["achieved"])
    assert text(panel, "figure-network_latency_ns") == format_ns(figures["network_latency_ns"]["median"])
    several = desk.simulate(batch=1, strategy="in-flight").figures
    assert several is not None
    latency = several["network_latency_ns"]
    wanted = f"{format_ns(latency['median'])}, p95 {format_ns(latency['p95'])}"
    qtbot.waitUntil(lambda: text(panel, "figure-network_latency_ns") == wanted)
    desk.open(two_gpus())
    assert not find(panel, QLabel, "figure-makespan_ns").isVisible()


def test_communication_kernels_are_shown_apart(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.open(with_communication())
    alone = expected(desk, document).without_communication
    qtbot.waitUntil(lambda: panel.findChild(QLabel, "figure-alone_exposed_ns") is not None)
    assert text(panel, "figure-alone_exposed_ns") == format_ns(alone.exposed_ns)
    assert text(panel, "figure-communication") == "1"


def test_another_gpu_is_chosen(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.open(two_gpus())
    box = find(panel, QComboBox, "figures-device")
    qtbot.waitUntil(box.isVisible)
    devices = analyze_devices(document.trace)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert document.device == 1
    qtbot.waitUntil(lambda: text(panel, "exposed") == f"exposed {format_ns(devices[1].exposed_ns)}")
    document.device = 0
    assert text(panel, "exposed") == f"exposed {format_ns(devices[0].exposed_ns)}"


def test_a_late_answer_about_another_document_is_dropped(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.service.held = True
    desk.simulate(batch=64)
    qtbot.waitUntil(lambda: len(desk.service.questions(Figures)) == 1)
    other = desk.open(two_gpus())
    qtbot.waitUntil(lambda: len(desk.service.questions(Figures)) == 2)
    desk.service.let_go()
    qtbot.waitUntil(lambda: text(panel, "exposed") == f"exposed {format_ns(expected(desk, other).exposed_ns)}")


def test_a_drag_asks_one_question_at_a_time_and_ends_with_the_newest(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: len(desk.service.questions(Figures)) == 1 and text(panel, "hidden") != "")
    desk.service.held = True
    desk.view.measure(0, 5_000)
    qtbot.waitUntil(lambda: len(desk.service.questions(Figures)) == 2)
    for step in range(1, 50):
        desk.view.measure(0, step * 10_000)
        QApplication.processEvents()
    assert len(desk.service.questions(Figures)) == 2
    desk.service.let_go()
    qtbot.waitUntil(
        lambda: text(panel, "hidden") == f"hidden under kernels {format_ns(expected(desk, document).hidden_ns)}"
    )
    assert len(desk.service.questions(Figures)) == 3


def test_what_is_partial_or_failed_is_marked(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    assert not find(panel, QLabel, "figures-note").isVisible()
    document.status = Status.PARTIAL
    assert text(panel, "figures-note") == "Partial: of what is read so far."
    document.fail("gone")
    assert text(panel, "figures-note") == "Of what was read before it failed."
    desk.service.failure = "the worker ended"
    desk.view.measure(0, 5000)
    qtbot.waitUntil(lambda: text(panel, "figures-note") == "the worker ended.")
    assert not find(panel, QWidget, "hidden-bar").isVisible()


def test_figures_go_to_the_clipboard(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    device = expected(desk, document)
    qtbot.mouseClick(find(panel, QPushButton, "copy-figures"), Qt.MouseButton.LeftButton)
    copied = QApplication.clipboard().text()
    assert f"exposed\t{format_ns(device.exposed_ns)}" in copied
    assert "makespan\t" in copied
    qtbot.mouseClick(find(panel, QPushButton, "copy-figures-json"), Qt.MouseButton.LeftButton)
    content = json.loads(QApplication.clipboard().text())
    assert content["device"] == device.to_json()
    assert content["run"] == document.figures
    assert content["window"] == {"start_ns": 0, "end_ns": document.span_ns}


def test_copied_figures_are_those_of_the_stretch_in_sight(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    desk.service.held = True
    desk.view.show(0, document.span_ns // 3)
    QApplication.clipboard().setText("before")
    qtbot.mouseClick(find(panel, QPushButton, "copy-figures"), Qt.MouseButton.LeftButton)
    QApplication.processEvents()
    assert QApplication.clipboard().text() == "before"
    desk.service.let_go()
    wanted = f"exposed\t{format_ns(expected(desk, document).exposed_ns)}"
    qtbot.waitUntil(lambda: wanted in QApplication.clipboard().text())
    assert "Seen: 0 ns to" in QApplication.clipboard().text()


def test_figures_of_a_panel_that_was_out_of_sight_are_copied_as_they_are_now(
    desk: Desk, panel: Any, qtbot: Any
) -> None:
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    panel.hide()
    desk.view.measure(0, document.span_ns // 5)
    panel.copy_text()
    wanted = f"exposed\t{format_ns(expected(desk, document).exposed_ns)}"
    qtbot.waitUntil(lambda: wanted in QApplication.clipboard().text())
    desk.workspace.remove(document)
    panel.copy_text()
    qtbot.waitUntil(lambda: QApplication.clipboard().text().startswith("Nothing is open"))


def test_what_a_reader_must_know_is_told(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    document = desk.simulate(batch=64)
    label = find(panel, QLabel, "figures-told")
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    assert not label.isVisible()
    document.message = "Some numbers of this GPU are assumed.\n<b>two</b>"
    assert label.isVisible()
    assert label.text() == "Some numbers of this GPU are assumed.\n<b>two</b>"
    desk.open(with_graph())
    qtbot.waitUntil(lambda: label.text() == "1 CUDA graph was traced whole: overlap inside a graph is unknown.")


def test_a_file_without_gpu_work_says_so(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    desk.open(host_only())
    qtbot.waitUntil(lambda: text(panel, "figures-note").startswith("Nothing of a GPU is in here"))
    desk.simulate(batch=64)
    qtbot.waitUntil(lambda: find(panel, QWidget, "hidden-bar").isVisible())
    assert not find(panel, QLabel, "figures-note").isVisible()


def test_a_file_that_is_drawn_before_it_is_measured_says_so(desk: Desk, panel: QWidget, qtbot: Any) -> None:
    trace = simulated().trace
    document = desk.add(show(desk.service, Document(kind=Kind.FILE, title="trace.parquet"), trace, None))
    qtbot.waitUntil(lambda: text(panel, "figures-note") == "Drawn, and not measured yet.")
    assert not find(panel, QWidget, "hidden-bar").isVisible()
    document.figures = analyze(trace).to_json()
    qtbot.waitUntil(lambda: find(panel, QWidget, "hidden-bar").isVisible())
    assert not find(panel, QLabel, "figures-note").isVisible()


def test_names_from_files_are_plain(desk: Desk, panel: QWidget) -> None:
    desk.open(simulated().trace, title="<img src=x>\u202e" + "y" * 4000)
    label = find(panel, QLabel, "figures-title")
    assert label.whole.startswith("<img src=x>\\u202eyyy")
    assert len(label.whole) <= 400
    assert "<img" not in label.toolTip()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_bar_has_the_colours_and_shares_of_the_figures(desk: Desk, panel: QWidget, qtbot: Any, theme: Any) -> None:
    from PySide6.QtGui import QColor, QPalette

    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Window, QColor(theme.background))
    panel.setPalette(palette)
    document = desk.simulate(batch=64)
    qtbot.waitUntil(lambda: text(panel, "hidden") != "")
    device = expected(desk, document)
    bar = find(panel, QWidget, "hidden-bar")
    pixmap: QPixmap = bar.grab()
    image = pixmap.toImage()
    line = [image.pixelColor(x, image.height() // 2).name().upper() for x in range(image.width())]
    share = line.count(theme.exposed) / (line.count(theme.exposed) + line.count(theme.paint[3]))
    assert abs(share - device.exposed_ns / device.copy_ns) < 0.02
