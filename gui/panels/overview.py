"""Every GPU of every open document at a glance: ranks beside each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QKeySequence, QPainter, QShortcut
from PySide6.QtWidgets import QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from gui.panels.bars import Part, computing, draw_parts, exposed, hidden
from gui.panels.colours import theme_of
from gui.panels.controls import button, column, named, row, table_view
from gui.panels.fonts import fit_columns
from gui.panels.table_model import ROW, Column, TableModel
from gui.panels.text import Plain, shown
from gui.state.document import Document
from gui.state.workspace import Workspace
from gui.watching import Watch, WhenSeen
from profiler.units import format_ns, format_percent

_BUSY, _COPIES = 1, 3


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU of a document, its figures of the whole."""

    document: Document
    device: int
    name: str
    busy_ns: int
    span_ns: int
    copy_ns: int
    hidden_ns: int
    exposed_ns: int

    @property
    def busy_share(self) -> float | None:
        """Share of its span in which anything ran."""
        return self.busy_ns / self.span_ns if self.span_ns else None

    @property
    def hidden_share(self) -> float | None:
        """Share of its copy time under kernels."""
        return self.hidden_ns / self.copy_ns if self.copy_ns else None


def gpus_of(document: Document) -> list[Gpu]:
    """The GPUs of a document, as its figures of the whole have them."""
    figures = document.figures or {}
    if "devices" in figures:
        return [_gpu(document, device, device["device"], device["name"]) for device in figures["devices"]]
    if "overlap" in figures:
        overlap = figures["overlap"]
        busy = overlap["span_ns"] - overlap["idle_ns"]
        return [_gpu(document, {**overlap, "busy_ns": busy}, 0, str(figures["device"]))]
    return []


def _gpu(document: Document, figures: Mapping[str, Any], device: int, name: str) -> Gpu:
    keys = ("busy_ns", "span_ns", "copy_ns", "hidden_ns", "exposed_ns")
    return Gpu(document, device, name, *(int(figures[key] or 0) for key in keys))


def _title(gpu: Gpu) -> str:
    """What tells GPUs apart comes first: titles are long, and their ends are cut."""
    letter = f"{gpu.document.letter}: " if gpu.document.letter else ""
    return f"{letter}GPU {gpu.device}" + (f" {gpu.name}" if gpu.name else "") + f" · {gpu.document.title}"


COLUMNS = (
    Column("GPU", _title, _title, number=False, tip="Every GPU of every open timeline."),
    Column("busy", lambda _: "", lambda gpu: gpu.busy_share, number=False, tip="Share of the span in which it worked."),
    Column(
        "busy %",
        lambda gpu: format_percent(gpu.busy_share),
        lambda gpu: gpu.busy_share,
        tip="Share of the span in which it worked.",
    ),
    Column("copies", lambda _: "", lambda gpu: gpu.copy_ns, number=False, tip="Hidden and exposed copy time."),
    Column(
        "hidden %",
        lambda gpu: format_percent(gpu.hidden_share),
        lambda gpu: gpu.hidden_share,
        tip="Share of the copy time that lies under kernels.",
    ),
    Column(
        "exposed", lambda gpu: format_ns(gpu.exposed_ns), lambda gpu: gpu.exposed_ns, tip="Copy time under no kernel."
    ),
)


class OverviewPanel(QWidget):
    """One row a GPU, over all documents; going to one makes the panels speak of it.

    A click, or Return, shows its lanes alone; the same again, or the button, shows those of all GPUs.

    Parameters
    ----------
    workspace : Workspace
    """

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "overview")
        self._workspace = workspace
        self._build()
        seen = WhenSeen(self, self._refresh)
        watch = Watch(self)
        for signal in (workspace.added, workspace.removed, workspace.reordered, workspace.redrawn):
            watch.on(signal, seen)
        self.setFocusProxy(self._table)
        self._refresh()

    def _build(self) -> None:
        self._words = named(Plain(role="muted", wrap=True), "overview-words")
        self._model = TableModel(COLUMNS, self)
        tip = "Going to a GPU shows its figures; a click or Return its lanes alone, and once more those of all."
        self._table = table_view(QTableView(), "overview-table", tip)
        self._table.setModel(self._model)
        self._table.setSortingEnabled(True)
        self._table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self._table.setItemDelegate(_BarDelegate(self._table))
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        fit_columns(self._table, (0, 16, 9, 16, 10, 10))
        self._table.selectionModel().currentRowChanged.connect(self._picked)
        self._table.clicked.connect(self._toggle)
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shortcut = QShortcut(QKeySequence(key), self._table, context=Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda: self._toggle(self._table.currentIndex()))
        self._all = button("All GPUs", "overview-all", "Show the lanes of all GPUs again.", self._show_all)
        top = row(self._words, self._all)
        lines = column(self)
        lines.addLayout(top)
        lines.addWidget(self._table, 1)
        lines.addStretch(0)

    def _refresh(self) -> None:
        gpus = [gpu for document in self._workspace for gpu in gpus_of(document)]
        if gpus != self._model.rows:
            self._model.show_rows(gpus)
            header = self._table.horizontalHeader()
            if header.sortIndicatorSection() >= 0:
                self._model.sort(header.sortIndicatorSection(), header.sortIndicatorOrder())
        count = "1 GPU" if len(gpus) == 1 else f"{len(gpus):,} GPUs"
        alone = [_title(gpu) for gpu in gpus if gpu.document.lanes.choice.gpu == gpu.device]
        words = f"{count}, each over its whole span" if gpus else "No GPU did anything in what is open."
        self._words.setText(shown(f"{words}. Alone in the timeline: {'; '.join(alone)}") if alone else words)
        self._all.setVisible(bool(alone))
        self._table.setVisible(bool(gpus))

    def _picked(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            gpu = current.data(ROW)
            gpu.document.device = gpu.device
            self._workspace.activate(gpu.document)

    def _toggle(self, index: QModelIndex) -> None:
        if index.isValid():
            gpu = index.data(ROW)
            if gpu.document.lanes.choice.gpu == gpu.device:
                gpu.document.look_at_all()
            elif len(gpus_of(gpu.document)) > 1:
                gpu.document.look_at(gpu.device)

    def _show_all(self) -> None:
        for document in self._workspace:
            if document.lanes.choice.gpu is not None:
                document.look_at_all()


class _BarDelegate(QStyledItemDelegate):
    """Draws bars in two of the columns."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """A cell; bars are not painted over by the highlight, for their colours mean something."""
        super().paint(painter, option, index)
        if index.column() not in (_BUSY, _COPIES):
            return
        gpu: Gpu = index.data(ROW)
        widget = self.parent()
        assert isinstance(widget, QWidget)
        box: QRect = option.rect.adjusted(6, 5, -6, -5)
        theme = theme_of(widget)
        painter.fillRect(box, QColor(theme.lane))
        if index.column() == _BUSY:
            draw_parts(painter, box, [Part(gpu.busy_ns, computing)], gpu.span_ns, theme)
        else:
            most = max((one.copy_ns for one in index.model().rows), default=0)
            draw_parts(painter, box, [Part(gpu.hidden_ns, hidden), Part(gpu.exposed_ns, exposed)], most, theme)
