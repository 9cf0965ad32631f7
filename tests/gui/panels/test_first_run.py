"""The page of the first start: two simulated batches, a slider, and the ways on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QSlider, QWidget

from gui.panels.first_run import FirstRunPage
from gui.state.settings import Settings
from gui.workers.jobs import Simulate
from profiler.report.palette import LIGHT
from profiler.units import format_ns, format_percent
from tests.gui.panels.conftest import Desk, find, simulated


@pytest.fixture
def settings() -> Settings:
    return Settings(recent=("/data/a&b.json", "/data/\u202eevil<b>.parquet"))


@pytest.fixture
def page(desk: Desk, settings: Settings, shown: Callable[..., QWidget]) -> QWidget:
    return shown(FirstRunPage(settings, desk.service, plays=False), 900, 700)


def text(page: QWidget, name: str) -> str:
    return str(find(page, QLabel, name).text())


def exposed_pixels(page: QWidget, name: str) -> int:
    image = find(page, QWidget, name).grab().toImage()
    return sum(
        image.pixelColor(x, y).name().upper() == LIGHT.exposed
        for x in range(image.width())
        for y in range(image.height())
    )


def test_it_is_there_before_anything_is_simulated(desk: Desk, settings: Settings, shown: Any, qtbot: Any) -> None:
    desk.service.held = True
    page = shown(FirstRunPage(settings, desk.service, plays=False), 900, 700)
    assert text(page, "demo-one-title") == ""
    assert find(page, QPushButton, "start-resnet50").isEnabled()
    desk.service.let_go()
    qtbot.waitUntil(lambda: text(page, "demo-many-title") != "")


def test_both_batches_are_what_the_simulator_says(page: QWidget, qtbot: Any) -> None:
    for name, batch in (("demo-one", 1), ("demo-many", 128)):
        outcome = simulated(batch=batch)
        assert outcome.overlap is not None
        wanted = f"{format_percent(outcome.overlap.hidden_fraction)} of copies hidden"
        qtbot.waitUntil(lambda name=name, wanted=wanted: text(page, f"{name}-hidden") == wanted)
        assert format_ns(outcome.makespan_ns / batch) in text(page, f"{name}-title")
        assert text(page, f"{name}-sentence")


def test_the_slider_simulates_and_the_copies_come_out(desk: Desk, page: QWidget, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: text(page, "demo-many-title").startswith("128 "))
    hidden = [text(page, "demo-many-hidden")]
    slider = find(page, QSlider, "demo-batch")
    slider.setFocus()
    for _ in range(13):
        QTest.keyClick(slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: text(page, "demo-many-title").startswith("1 image a"))
    hidden.append(text(page, "demo-many-hidden"))
    assert hidden[0] != hidden[1] == text(page, "demo-one-hidden")
    assert [job.spec.batch for job in desk.service.questions(Simulate)][:3] == [1, 128, 96]


def test_it_plays_from_one_image_to_128_by_itself(desk: Desk, settings: Settings, shown: Any, qtbot: Any) -> None:
    page = shown(FirstRunPage(settings, desk.service), 900, 700)
    slider = find(page, QSlider, "demo-batch")
    qtbot.waitUntil(lambda: text(page, "demo-many-title").startswith("1 image a"))
    assert text(page, "demo-many-hidden") == "0.0 % of copies hidden"
    assert find(page, QPushButton, "demo-play").text() == "■ Stop"
    qtbot.waitUntil(lambda: text(page, "demo-many-title").startswith("128 "))
    assert slider.value() == slider.maximum()
    qtbot.waitUntil(lambda: find(page, QPushButton, "demo-play").text() == "▶ Play")
    asked = [job.spec.batch for job in desk.service.questions(Simulate)]
    assert asked[0] == 1
    assert asked[1:] == sorted(set(asked))


def test_a_hand_on_the_slider_ends_the_play(desk: Desk, settings: Settings, shown: Any, qtbot: Any) -> None:
    page = shown(FirstRunPage(settings, desk.service), 900, 700)
    slider, play = find(page, QSlider, "demo-batch"), find(page, QPushButton, "demo-play")
    qtbot.waitUntil(lambda: slider.value() >= 2)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert play.text() == "▶ Play"
    qtbot.waitUntil(lambda: text(page, "demo-many-title").startswith("128 "))
    qtbot.wait(500)
    assert slider.value() == slider.maximum()
    qtbot.mouseClick(play, Qt.MouseButton.LeftButton)
    assert (slider.value(), play.text()) == (0, "■ Stop")
    page.hide()
    assert play.text() == "▶ Play"


def test_a_run_that_fails_ends_the_play(desk: Desk, settings: Settings, shown: Any, qtbot: Any) -> None:
    desk.service.failure = "the worker ended"
    page = shown(FirstRunPage(settings, desk.service), 900, 700)
    qtbot.waitUntil(lambda: text(page, "demo-many-problem") == "the worker ended.")
    assert find(page, QPushButton, "demo-play").text() == "▶ Play"


def test_a_slow_machine_skips_no_step(desk: Desk, settings: Settings, shown: Any, qtbot: Any) -> None:
    desk.service.held = True
    page = shown(FirstRunPage(settings, desk.service), 900, 700)
    qtbot.wait(700)
    assert find(page, QSlider, "demo-batch").value() == 0
    desk.service.let_go()
    qtbot.waitUntil(lambda: find(page, QSlider, "demo-batch").value() > 0)


def tinted(page: QWidget, name: str) -> tuple[int, int]:
    """Pixels of the compute lane where it is empty under an exposed copy, and of the band that joins hidden copies."""
    image = find(page, QWidget, name).grab().toImage()
    colours = [image.pixelColor(x, y) for y in (31, 43) for x in range(50, image.width())]
    between, lane = colours[: len(colours) // 2], colours[len(colours) // 2 :]
    alone = sum(one.red() > one.green() + 30 > one.blue() for one in lane)
    joined = sum(one.green() > one.red() + 20 for one in between)
    return alone, joined


def test_one_image_stands_alone_and_many_are_joined_to_the_kernels(page: QWidget, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: text(page, "demo-many-title") != "" and text(page, "demo-one-title") != "")
    one, many = (tinted(page, name) for name in ("demo-one-lanes", "demo-many-lanes"))
    assert one[0] > 5
    assert one[1] == 0
    assert many[1] > 200


def test_exposed_copies_are_outlined(page: QWidget, qtbot: Any) -> None:
    from PySide6.QtGui import QColor, QPalette

    palette = QPalette()
    palette.setColor(QPalette.ColorRole.Window, QColor(LIGHT.background))
    page.setPalette(palette)
    qtbot.waitUntil(lambda: text(page, "demo-many-title") != "" and text(page, "demo-one-title") != "")
    QApplication.processEvents()
    one, many = (exposed_pixels(page, f"{name}-lanes") for name in ("demo-one", "demo-many"))
    assert one > 0
    assert many > 0
    image = find(page, QWidget, "demo-many-lanes").grab().toImage()
    colours = {image.pixelColor(x, y).name().upper() for x in range(image.width()) for y in range(image.height())}
    assert {LIGHT.paint[0], LIGHT.paint[3], LIGHT.paint[4]} <= colours


def test_the_ways_on(page: QWidget, settings: Settings, qtbot: Any) -> None:
    slider = find(page, QSlider, "demo-batch")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    with qtbot.waitSignal(page.start_asked) as started:
        qtbot.mouseClick(find(page, QPushButton, "start-resnet50"), Qt.MouseButton.LeftButton)
    assert started.args == [96]
    with qtbot.waitSignal(page.open_asked):
        qtbot.mouseClick(find(page, QPushButton, "open-trace"), Qt.MouseButton.LeftButton)
    recent = find(page, QPushButton, "recent-1")
    assert recent.text() == "\\u202eevil<b>.parquet"
    assert "<b>" not in recent.toolTip()
    assert find(page, QPushButton, "recent-0").text() == "a&&b.json"
    with qtbot.waitSignal(page.recent_asked) as asked:
        qtbot.keyClick(recent, Qt.Key.Key_Space)
    assert asked.args == ["/data/\u202eevil<b>.parquet"]
    settings.opened("/data/c.json")
    assert find(page, QPushButton, "recent-0").text() == "c.json"


def test_a_failing_worker_is_said_and_the_page_stays(desk: Desk, page: QWidget, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: text(page, "demo-many-title") != "")
    desk.service.failure = "the worker ended"
    slider = find(page, QSlider, "demo-batch")
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: find(page, QLabel, "demo-many-problem").isVisible())
    desk.service.failure = ""
    QTest.keyClick(slider, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: not find(page, QLabel, "demo-many-problem").isVisible())
    assert text(page, "demo-many-title").startswith("64 ")
