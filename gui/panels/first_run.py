"""The page of the first start: what this program shows, alive."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.panels.bars import Colour, Swatch, exposed
from gui.panels.controls import EDGE, StillWheel, button, column, named, row, scrolled
from gui.panels.demo import Demo
from gui.panels.demo_player import DemoPlayer
from gui.panels.stepper import Stepper
from gui.panels.text import Plain, action_text, tooltip
from gui.state.settings import Settings
from gui.watching import Watch
from gui.workers.service import Service
from profiler.report.palette import Theme
from profiler.timeline.paint import Paint

_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
_WIDEST = 940
_INTRO = "A GPU can copy and compute at once: a copy that runs under kernels costs no time."
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
    plays : bool
        The slider of the lower run goes from 1 to 128 by itself, once; else it stands at 128.

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

    def __init__(
        self, settings: Settings, service: Service, *, plays: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, "first-run")
        self._settings = settings
        self._one, self._many = Demo("demo-one", service), Demo("demo-many", service, self._controls())
        self._player = DemoPlayer(_BATCHES, self._play_step, lambda: self._many.is_shown, self._play, self)
        self._many.failed.connect(self._player.stop)
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
        self._plays_when_seen = plays
        if not plays:
            self._play_step(_BATCHES[-1])

    def _controls(self) -> QHBoxLayout:
        """What moves the lower run."""
        tip = "Images of one request: move it and see the copies slide under the kernels."
        self._batch = Stepper("demo-batch", tip, _BATCHES, most=_BATCHES[-1], automatic=False)
        self._batch.changed.connect(self._moved)
        label = Plain("Images a request")
        label.setBuddy(self._batch)
        self._play = button("▶ Play", "demo-play", "Let the slider go from 1 image to 128.", self._toggle)
        line = row(label, self._batch, self._play)
        line.setStretch(1, 1)
        return line

    def _moved(self, batch: int) -> None:
        """A hand on the slider ends the play."""
        self._player.stop()
        self._many.simulate(batch)

    def _toggle(self) -> None:
        self._player.stop() if self._player.is_playing else self._player.start()

    def _play_step(self, batch: int) -> None:
        self._batch.show_value(batch)
        self._many.simulate(batch)

    def showEvent(self, event: QShowEvent) -> None:
        """Play, the first time that it is seen."""
        super().showEvent(event)
        if self._plays_when_seen:
            self._plays_when_seen = False
            self._player.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches any more."""
        self._player.stop()
        super().hideEvent(event)

    def _fill(self, lines: QVBoxLayout) -> None:
        title = Plain("Are your transfers hidden behind compute?", role="figure", wrap=True)
        lines.addWidget(title)
        lines.addWidget(Plain(_INTRO, wrap=True))
        lines.addWidget(self._one)
        lines.addWidget(self._many)
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
        (exposed, "sticks out: no kernel runs meanwhile"),
    )
    return [part for colour, text in colours for part in (Swatch(colour), Plain(text, role="muted"))]
