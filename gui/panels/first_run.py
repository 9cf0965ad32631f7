"""The page of the first start: what this program shows, alive."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.panels.bars import Colour, Swatch, exposed
from gui.panels.controls import EDGE, StillWheel, button, column, named, row, scrolled
from gui.panels.demo import Demo
from gui.panels.stepper import Stepper
from gui.panels.text import Plain, action_text, tooltip
from gui.panels.watching import Watch
from gui.state.settings import Settings
from gui.workers.service import Service
from profiler.report.palette import Theme
from profiler.timeline.paint import Paint

_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_WIDEST = 940
_NOTE = "Times are predictions of a simulated H100; open a trace, or run on a GPU of your own, to see measured ones."
_RECENT = 6


def _painted(paint: Paint) -> Colour:
    def colour(theme: Theme) -> str:
        return theme.paint[paint]

    return colour


class FirstRunPage(QWidget):
    """Batch 1 against batch 128, a slider between them, and the ways on.

    Parameters
    ----------
    settings : Settings
        With the recent files.
    service : Service
        Simulates.

    Signals
    -------
    open_asked : no argument
    start_asked : int
        Go to the simulator with this batch.
    recent_asked : str
        Open a file that was open before.
    """

    open_asked = Signal()
    start_asked = Signal(int)
    recent_asked = Signal(str)

    def __init__(self, settings: Settings, service: Service, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "first-run")
        self._settings = settings
        self._one, self._many = Demo("demo-one", service), Demo("demo-many", service)
        content = QWidget()
        inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        self._fill(column(inner, edge=2 * EDGE, gap=2 * EDGE))
        column(content, edge=0).addLayout(row(inner))
        area = scrolled(content)
        column(self, edge=0).addWidget(area)
        self._wheel = StillWheel(self)
        self._wheel.guard(content)
        Watch(self).on(settings.events.recent, self._list_recent)
        self._list_recent()
        self.setFocusProxy(self._batch)
        self._one.simulate(1)
        self._many.simulate(128)

    def _fill(self, lines: QVBoxLayout) -> None:
        title = Plain("Are your transfers hidden behind compute?", role="figure", wrap=True)
        lines.addWidget(title)
        lines.addWidget(self._one)
        lines.addWidget(self._many)
        tip = "Images of one request: move it and see the copies slide under the kernels."
        self._batch = Stepper("demo-batch", tip, _BATCHES, most=_BATCHES[-1], automatic=False)
        self._batch.show_value(128)
        self._batch.changed.connect(self._many.simulate)
        label = Plain("Images a request")
        label.setBuddy(self._batch)
        lines.addLayout(row(label, self._batch))
        lines.itemAt(lines.count() - 1).layout().setStretch(1, 1)
        lines.addLayout(row(*_legend(), 1))
        start = button(
            "Start with ResNet-50", "start-resnet50", "Go on with this scenario and all its knobs.", self._start
        )
        start.setProperty("primary", "true")
        ask = button("Open a trace…", "open-trace", "Open a file of any format that is read.", self.open_asked.emit)
        hint = Plain("or drop files anywhere on this window", role="muted", wrap=True)
        lines.addLayout(row(start, ask, hint))
        lines.itemAt(lines.count() - 1).layout().setStretch(2, 1)
        self._recent_title = Plain("Open recently", role="heading")
        lines.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        lines.addLayout(self._recent)
        lines.addWidget(Plain(_NOTE, role="muted", wrap=True))
        lines.addStretch(1)

    def _start(self) -> None:
        self.start_asked.emit(self._batch.value)

    def _list_recent(self) -> None:
        while self._recent.count():
            old = self._recent.takeAt(0).widget()
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        for number, path in enumerate(self._settings.recent[:_RECENT]):
            self._recent.addWidget(self._recent_button(number, path))
        self._recent_title.setVisible(bool(self._settings.recent))

    def _recent_button(self, number: int, path: str) -> QPushButton:
        made = button(PurePath(path).name[:200], f"recent-{number}", path, lambda: self.recent_asked.emit(path))
        text = self.fontMetrics().elidedText(made.text(), Qt.TextElideMode.ElideMiddle, _WIDEST // 2)
        made.setText(action_text(text.replace("&&", "&")))
        made.setToolTip(tooltip(path))
        made.setFlat(True)
        made.setStyleSheet("text-align: left")
        return made


def _legend() -> list[QWidget]:
    colours = (
        (_painted(Paint.HTOD), "copy to the GPU"),
        (_painted(Paint.KERNEL), "kernels"),
        (_painted(Paint.DTOH), "copy back"),
        (exposed, "outlined: nothing hides it"),
    )
    return [part for colour, text in colours for part in (Swatch(colour), Plain(text, role="muted"))]
