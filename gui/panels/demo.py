"""One run of the demonstration: a sentence, its lanes, and its figures, simulated by a worker."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLayout, QWidget

from gui.controllers.filling import fill
from gui.panels.bars import Bar, Part, exposed, hidden
from gui.panels.controls import column, named, row
from gui.panels.demo_lanes import DemoLanes
from gui.panels.text import Plain, shown, tooltip
from gui.state.document import Document, Kind
from gui.state.scenario import ScenarioState
from gui.workers.jobs import Simulate
from gui.workers.service import Service
from profiler.units import format_ns, format_percent

_BAR = 150


class Demo(QWidget):
    """A batch of ResNet-50 on a simulated GPU.

    Parameters
    ----------
    name : str
        Of the picture and its texts.
    service : Service
    controls : QLayout, optional
        Stands between the sentence and the lanes.

    Signals
    -------
    failed : no argument
        The batch asked for last cannot be shown.
    """

    failed = Signal()

    def __init__(
        self, name: str, service: Service, controls: QLayout | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._name, self._service = name, service
        self._document = Document(kind=Kind.SCENARIO)
        self._batch = self._shown = 0
        self._title = named(Plain(role="heading"), f"{name}-title")
        self._figures = named(Plain(role="heading"), f"{name}-hidden")
        self._bar = named(Bar(12), f"{name}-bar", "The hidden part of the copy time, and the exposed part.")
        self._bar.setFixedWidth(_BAR)
        self._sentence = named(Plain(wrap=True), f"{name}-sentence")
        self._problem = named(Plain(role="problem", wrap=True), f"{name}-problem")
        self._lanes = DemoLanes(f"{name}-lanes")
        lines = column(self, edge=0)
        lines.addLayout(row(self._title, 1, self._bar, self._figures))
        lines.addWidget(self._sentence)
        if controls is not None:
            lines.addLayout(controls)
        for part in (self._lanes, self._problem):
            lines.addWidget(part)
        self._problem.hide()
        document = self._document
        self.destroyed.connect(lambda *_: service.release(document))

    def simulate(self, batch: int) -> None:
        """Show another batch; of several asked for quickly the newest is shown at last."""
        if batch == self._batch:
            return
        self._batch, self._shown = batch, 0
        self._service.submit(
            Simulate(spec=ScenarioState(batch=batch).spec()),
            channel=self._name,
            done=self._show,
            failed=self._failed,
            owner=self,
        )

    @property
    def is_shown(self) -> bool:
        """Whether the batch asked for last is what is seen."""
        return self._shown == self._batch != 0

    def _show(self, result: Any) -> None:
        fill(self._document, result)
        self._service.bind(self._document, result)
        figures = result.figures
        overlap, batch = figures["overlap"], figures["batch"]
        self._shown = batch
        each = figures["makespan_ns"] / figures["samples"]
        self._title.setText(f"{batch} image{'s' if batch > 1 else ''} a request: {format_ns(each)} an image")
        self._figures.setText(f"{format_percent(overlap['hidden_fraction'])} of copies hidden")
        self._sentence.setText(_sentence(batch, overlap["hidden_fraction"] or 0.0))
        self._bar.show_parts((Part(overlap["hidden_ns"], hidden), Part(overlap["exposed_ns"], exposed)))
        split = f"{format_ns(overlap['hidden_ns'])} hidden under kernels, {format_ns(overlap['exposed_ns'])} exposed"
        self._bar.setToolTip(tooltip(split))
        self._lanes.show_document(self._document)
        self._problem.hide()

    def _failed(self, failure: object) -> None:
        self._batch = 0
        self._problem.setText(shown(str(failure), 500))
        self._problem.show()
        self.failed.emit()


def _sentence(batch: int, hidden_share: float) -> str:
    """What a person who knows nothing of streams sees."""
    if batch == 1:
        return "The copies stick out: the GPU waits for its image, and the host for the result."
    if hidden_share < 0.5:
        return "Some chunks are copied while others are computed, but most copies still stick out."
    return "While one chunk is computed the next is copied in: the copies have slid under the kernels."
