"""The timeline as one widget: minimap, ruler, lanes and their scroll bar, over observable state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFontInfo, QImage, QPainter
from PySide6.QtWidgets import QGridLayout, QScrollBar, QWidget

from gui.state.document import Kind
from gui.state.search import SearchState
from gui.state.selection import SelectionState, Slice
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.axis import Axis
from gui.timeline.canvas import Canvas
from gui.timeline.inputs import Inputs
from gui.timeline.legend import Legend
from gui.timeline.look import Look
from gui.timeline.minimap import Minimap
from gui.timeline.report import report_lanes
from gui.timeline.ruler import RulerBar
from gui.watching import Watch
from profiler.report.escape import visible
from profiler.report.palette import LIGHT, Theme
from profiler.units import format_ns

#: Size of the application's font at scale 1.
_FONT_PX = 12


class TimelineWidget(QWidget):
    """Timelines of all documents of a workspace on one time axis.

    Parameters
    ----------
    workspace, view, selection, search
        What is shown; every gesture goes through them.
    theme : Theme
    scale : float, optional
        Interface scale; by default texts are as large as the widget's font says.
    """

    def __init__(
        self,
        workspace: Workspace,
        view: ViewState,
        selection: SelectionState,
        search: SearchState | None = None,
        *,
        theme: Theme = LIGHT,
        scale: float | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("timeline")
        self._theme, self._scale = theme, scale
        search = search if search is not None else SearchState()
        self.axis = Axis(workspace)
        look = self._look()
        self.minimap = Minimap(workspace, view, search, self.axis, look)
        self.ruler = RulerBar(view, self.axis, look)
        self.canvas = Canvas(workspace, view, selection, search, self.axis, look)
        self.inputs = Inputs(self.canvas)
        self.bar = QScrollBar(Qt.Orientation.Vertical)
        self.bar.setObjectName("timeline-scroll")
        self.bar.setAccessibleName("scroll lanes")
        self.legend = Legend(workspace, look)
        self._lay_out()
        self.setFocusProxy(self.canvas)
        self.bar.valueChanged.connect(self.canvas.scroll_to)
        self.canvas.scrolled.connect(self._follow_scroll)
        self.canvas.column_changed.connect(self._axis_changed)
        self._listen(workspace, view, selection, search)
        self._follow_scroll()

    def set_theme(self, theme: Theme, scale: float | None = None) -> None:
        """Paint in another theme, and at another interface scale where one is given."""
        self._theme = theme
        self._scale = self._scale if scale is None else scale
        look = self._look()
        for part in (self.minimap, self.ruler, self.canvas, self.legend):
            part.set_look(look)

    def reveal(self, chosen: Slice) -> None:
        """Move and scroll as little as makes a slice seen."""
        document = self.canvas.workspace.find(chosen.document)
        if document is not None and document.trace is not None and chosen.row < len(document.trace):
            start = int(document.trace.ts[chosen.row]) - document.origin_ns
            self.canvas.view.reveal(start, start + max(int(document.trace.dur[chosen.row]), 1))
            self.canvas.bring_into_sight(chosen)

    def render_svg(self) -> bytes:
        """Exactly what is seen, as an SVG document: boxes and texts stay what they are at any size."""
        from gui.timeline.vectors import svg_of

        titles = "; ".join(visible(document.title[:200]) for document in self.canvas.workspace)
        start, end = (format_ns(time) for time in self.canvas.view.shown)
        description = f"{titles or 'nothing'}, from {start} to {end}."
        with self._painting_vectors():
            return svg_of(self, self._theme.background, title="Lanescope timeline", description=description)

    def render_image(self, scale: float | None = None) -> QImage:
        """Exactly what is seen, with ``scale`` device pixels a logical one; by default those of the screen."""
        own = self.devicePixelRatioF()
        ratio = own if scale is None else scale
        image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(ratio)
        image.fill(self._theme.background)
        # Lanes kept as an image have the pixels of the screen; for others they are painted as shapes and texts.
        with self._painting_vectors() if ratio != own else nullcontext():
            painter = QPainter(image)
            try:
                self.render(painter, QPoint())
            finally:
                painter.end()
        return image

    def lane_report(self) -> list[dict[str, Any]]:
        """Every lane that is drawn: ``name``, ``kind``, ``device``, ``rect`` on the screen, busy and exposed time."""
        return report_lanes(self.canvas)

    def changeEvent(self, event: QEvent) -> None:
        """Another font of the application."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.set_theme(self._theme)

    def event(self, event: QEvent) -> bool:
        """The widget moved to a screen with other pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_theme(self._theme)
        return super().event(event)

    @contextmanager
    def _painting_vectors(self) -> Iterator[None]:
        """Meanwhile nothing is painted that is kept in the pixels of the screen."""
        self.minimap.painting_vectors = True
        try:
            with self.canvas.painting_vectors():
                yield
        finally:
            self.minimap.painting_vectors = False

    def _look(self) -> Look:
        scale = QFontInfo(self.font()).pixelSize() / _FONT_PX if self._scale is None else self._scale
        return Look(self._theme, self.font().family(), scale * self.devicePixelRatioF())

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for line, part in enumerate((self.minimap, self.ruler, self.canvas, self.legend)):
            grid.addWidget(part, line, 0)
        grid.addWidget(self.bar, 0, 1, 4, 1)
        grid.setRowStretch(2, 1)

    def _listen(self, workspace: Workspace, view: ViewState, selection: SelectionState, search: SearchState) -> None:
        watch = Watch(self)
        for signal in (view.events.shown, view.events.clock):
            watch.on(signal, self._times_changed)
        for signal in (view.events.measured, view.events.limits, search.events.hits):
            watch.on(signal, self._marks_changed)
        # The grid may count from a mark.
        watch.on(view.events.marks, self._times_changed)
        for signal in (selection.events.hovered, selection.events.area, selection.events.named, search.events.current):
            watch.on(signal, self.canvas.update)
        watch.on(selection.events.selected, self._selected)
        watch.on(workspace.added, self._document_added)
        watch.on(workspace.removed, self._document_closed)
        for signal in (workspace.added, workspace.removed, workspace.redrawn, workspace.reordered):
            watch.on(signal, self._documents_changed)
        watch.on(workspace.activated, self._documents_changed)

    def _times_changed(self) -> None:
        self.ruler.update()
        self.minimap.update()
        self.canvas.redraw_times()

    def _axis_changed(self) -> None:
        self.ruler.update()
        self.minimap.update()
        self.canvas.redraw()

    def _marks_changed(self) -> None:
        self.ruler.update()
        self.minimap.update()
        self.canvas.update()

    def _selected(self) -> None:
        self.canvas.linker.start()
        self.canvas.update()

    def _document_added(self) -> None:
        """A file opened below timelines that are seen already would be out of sight."""
        *others, newest = self.canvas.workspace
        if self.isVisible() and newest.kind is Kind.FILE and any(other.timeline is not None for other in others):
            self.canvas.expect(newest)

    def _document_closed(self) -> None:
        """Let go of what is kept of it: its columns are mapped as long as anything holds them."""
        for part in (self.canvas, self.minimap, self.legend):
            part.forget_closed()

    def _documents_changed(self) -> None:
        self.canvas.rearrange()
        self.minimap.refresh()
        self.legend.update()
        self.ruler.update()

    def _follow_scroll(self) -> None:
        most = self.canvas.most_scroll()
        self.bar.setRange(0, most)
        self.bar.setPageStep(self.canvas.height_px())
        self.bar.setSingleStep(self.canvas.look.px(24))
        self.bar.setValue(self.canvas.scroll)
        self.bar.setVisible(most > 0)
