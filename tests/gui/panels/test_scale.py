"""Panels follow the interface scale and the theme while they are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QFont, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QSpinBox, QTableView, QWidget

from gui.state.selection import Slice
from gui.state.settings import Settings
from gui.theme import ThemeManager
from profiler.report.palette import THEMES, contrast
from tests.gui.panels.conftest import Desk, find
from tests.gui.panels.every import PANELS

Show = Callable[..., QWidget]


@pytest.fixture
def settings(qapp: QApplication) -> Iterator[Settings]:
    """Settings that a theme follows; the application is put back as it was."""
    font, palette, sheet, style = qapp.font(), qapp.palette(), qapp.styleSheet(), qapp.style().objectName()
    made = Settings(theme="light")
    manager = ThemeManager(qapp, made)
    yield made
    manager.deleteLater()
    qapp.setStyleSheet(sheet)
    qapp.setStyle(style)
    qapp.setPalette(QPalette(palette))
    qapp.setFont(QFont(font))


def cut(panel: QWidget) -> list[str]:
    """Labels whose text does not fit them."""
    found = []
    for label in panel.findChildren(QLabel):
        if not label.isVisible() or not label.text() or hasattr(label, "whole"):
            continue
        need = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
        wide = not label.wordWrap() and label.fontMetrics().horizontalAdvance(label.text()) > label.width()
        if wide or need > label.height():
            found.append(f"{label.objectName()} {label.text()!r}: {label.size()}")
    return found


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5])
def test_no_text_is_cut_at_any_scale(desk: Desk, shown: Show, settings: Settings, name: str, scale: float) -> None:
    document = desk.simulate(batch=64)
    desk.simulate(letter="A", batch=1)
    desk.selection.selected = Slice(document.id, 3)
    narrow = name in ("scenario", "figures", "details", "comparison")
    panel = shown(PANELS[name](desk), round((272 if name == "scenario" else 324) * scale) if narrow else 900, 560)
    settings.scale = scale
    for _ in range(20):
        QApplication.processEvents()
    assert cut(panel) == []


def test_sizes_follow_the_scale(desk: Desk, shown: Show, settings: Settings) -> None:
    desk.simulate(batch=64)
    figures = shown(PANELS["figures"](desk))
    scenario = shown(PANELS["scenario"](desk))
    events = shown(PANELS["events"](desk))
    QApplication.processEvents()

    def sizes() -> list[float]:
        QApplication.processEvents()
        table = find(events, QTableView, "events-table")
        return [
            find(figures, QLabel, "hidden-fraction").font().pointSizeF(),
            find(scenario, QSpinBox, "batch-value").width(),
            table.verticalHeader().defaultSectionSize(),
            table.horizontalHeader().sectionSize(0),
        ]

    before = sizes()
    settings.scale = 2.0
    after = sizes()
    assert all(1.4 < big / small < 2.2 for small, big in zip(before, after, strict=True)), (before, after)
    settings.scale = 1.0
    assert sizes() == before


@pytest.mark.parametrize("theme", THEMES)
def test_labels_have_the_contrast_of_the_theme(desk: Desk, shown: Show, settings: Settings, theme: str) -> None:
    desk.simulate(batch=64)
    panel = shown(PANELS["figures"](desk))
    settings.theme = theme
    QApplication.processEvents()
    for label in panel.findChildren(QLabel):
        if label.isVisible() and label.text():
            colour = label.palette().color(label.foregroundRole()).name()
            assert contrast(colour, THEMES[theme].background) >= 4.5, label.objectName()
