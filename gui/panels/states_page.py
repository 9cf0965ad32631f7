"""Documents beside each other, each against a base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QComboBox, QTableView, QWidget

from gui.panels.controls import button, column, copy_text, named, row, table_view
from gui.panels.overview import gpus_of
from gui.panels.table_model import Column, TableModel
from gui.panels.text import Plain, shown
from gui.state.document import Document, Kind
from gui.state.workspace import Workspace
from gui.watching import Watch, WhenSeen
from profiler.units import format_ns, format_percent

_EMPTY = "Pin the timeline as A, change the scenario, and see here what changed."
_SHORT = 16
_NARROWEST, _BROADEST = 10, 24  # letters of a column

#: From so many times the base on, a factor reads better than a percentage.
_MANY_TIMES = 10


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of a document: what it is called, its value, how it reads, and whether a difference is in points."""

    label: str
    value: Callable[[Document], float | None]
    text: Callable[[float | None], str]
    meaning: str
    points: bool = False


def _of_gpu(field: str) -> Callable[[Document], float | None]:
    def value(document: Document) -> float | None:
        gpus = gpus_of(document)
        chosen = [gpu for gpu in gpus if gpu.device == document.device] or gpus
        return getattr(chosen[0], field) if chosen else None

    return value


def _of_run(*keys: str) -> Callable[[Document], float | None]:
    def value(document: Document) -> float | None:
        found: Any = document.figures or {}
        for key in keys:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    return value


def _rate(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f} /s"


METRICS = (
    Metric("hidden", _of_gpu("hidden_share"), format_percent, "Share of copy time under kernels.", points=True),
    Metric("exposed", _of_gpu("exposed_ns"), format_ns, "Copy time under no kernel."),
    Metric("copies", _of_gpu("copy_ns"), format_ns, "Time in which some copy ran."),
    Metric("busy", _of_gpu("busy_ns"), format_ns, "Time in which the GPU did anything."),
    Metric("span", _of_gpu("span_ns"), format_ns, "From the first work of the GPU to the last."),
    Metric("makespan", _of_run("makespan_ns"), format_ns, "From the first call to the last result."),
    Metric("throughput", _of_run("throughput_per_s"), _rate, "Samples of the run over its makespan."),
    Metric(
        "latency", _of_run("network_latency_ns", "median"), format_ns, "Median time of a request, waiting included."
    ),
    Metric("achieved", _of_run("bounds", "achieved"), format_percent, "(S − makespan) / (S − B).", points=True),
)


def difference_text(metric: Metric, value: float | None, base: float | None) -> str:
    """How a value differs from the base's: in percent of it, as a factor, or in points for what is a share."""
    if value is None or base is None or value == base:
        return "" if value is None or base is None else "="
    if metric.points:
        return _signed(100 * (value - base), "pt")
    if not base:
        return ""
    if value / base >= _MANY_TIMES:
        return f"×{value / base:.1f}"
    return _signed(100 * (value - base) / base, "%")


def _signed(change: float, unit: str) -> str:
    return f"{change:+.1f} {unit}".replace("-", "−")


def short_name(document: Document) -> str:
    """A document in one word."""
    if document.letter:
        return document.letter
    return "live" if document.kind is Kind.SCENARIO else shown(document.title, _SHORT)


class StatesPage(QWidget):
    """A column for each document with figures, a row for each figure.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._base_id: int | None = None
        self._build()
        seen = WhenSeen(self, self._refresh)
        watch = Watch(self)
        for signal in (workspace.added, workspace.removed, workspace.reordered, workspace.redrawn):
            watch.on(signal, seen)
        self._refresh()

    def _build(self) -> None:
        self._base = named(QComboBox(), "comparison-base", "What the others are compared with.")
        self._base.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._base.activated.connect(self._chosen)
        self._copy = button("Copy", "copy-comparison", "Put the table on the clipboard as text.", self._copy_text)
        self._label = Plain("compared with")
        self._label.setBuddy(self._base)
        self._words = named(Plain(_EMPTY, role="muted", wrap=True), "comparison-words")
        self._model = TableModel((), self)
        tip = "Figures of each state; a click on a title makes the panels speak of it."
        self._table = table_view(QTableView(), "comparison-table", tip, lines=2)
        self._table.setModel(self._model)
        self._table.horizontalHeader().setSectionsClickable(True)
        self._table.horizontalHeader().sectionClicked.connect(self._activate)
        lines = column(self)
        lines.addLayout(row(self._label, self._base, self._copy))
        lines.itemAt(0).layout().setStretch(1, 1)
        lines.addWidget(self._words)
        lines.addWidget(self._table, 1)
        lines.addStretch(0)

    @property
    def documents(self) -> list[Document]:
        """Documents that have figures."""
        return [document for document in self._workspace if document.figures is not None]

    @property
    def base(self) -> Document | None:
        """What is compared with: the one chosen, else the first pinned one, else the first."""
        documents = self.documents
        chosen = [one for one in documents if one.id == self._base_id]
        return next(iter([*chosen, *(one for one in documents if one.letter), *documents]), None)

    def _chosen(self, place: int) -> None:
        self._base_id = self._base.itemData(place)
        self._refresh()

    def _refresh(self) -> None:
        documents, base = self.documents, self.base
        items = [(short_name(one), one.id) for one in documents]
        if items != [(self._base.itemText(place), self._base.itemData(place)) for place in range(self._base.count())]:
            self._base.clear()
            for text, number in items:
                self._base.addItem(text, number)
        self._base.setCurrentIndex(self._base.findData(base.id) if base is not None else -1)
        known = [metric for metric in METRICS if any(metric.value(one) is not None for one in documents)]
        self._model.show_columns((_METRIC_COLUMN, *(self._column(one, base) for one in documents)), known)
        self._fit_columns()
        self._words.setVisible(len(documents) < 2)
        for part in (self._table, self._copy, self._base, self._label):
            part.setVisible(bool(documents))

    def _fit_columns(self) -> None:
        """As wide as the titles, within bounds."""
        metrics = self._table.fontMetrics()
        for place, column_shown in enumerate(self._model.columns):
            wanted = metrics.horizontalAdvance(shown(column_shown.title)) + 24
            letters = (wanted - 16) / metrics.averageCharWidth()
            self._table.setColumnWidth(
                place, round(min(max(letters, _NARROWEST), _BROADEST) * metrics.averageCharWidth()) + 16
            )

    def _column(self, document: Document, base: Document | None) -> Column:
        def difference(metric: Metric) -> str:
            if document is base or base is None:
                return ""
            return difference_text(metric, metric.value(document), metric.value(base))

        title = ("base: " if document is base else "") + short_name(document)
        return Column(
            title,
            lambda metric: metric.text(metric.value(document)),
            lambda metric: metric.value(document),
            tip=document.title,
            below=difference,
        )

    def _activate(self, place: int) -> None:
        if place:
            self._workspace.activate(self.documents[place - 1])

    def _copy_text(self) -> None:
        copy_text(self._model.as_text())


_METRIC_COLUMN = Column("figure", lambda metric: metric.label, lambda metric: metric.label, number=False)
