"""The widget that shows the lanes: how far it is scrolled, what is where on it, and when it must be painted anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.state.document import Document
from gui.state.search import SearchState
from gui.state.selection import SelectionState, Slice
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from gui.timeline.axis import Axis
from gui.timeline.covering import Coverer
from gui.timeline.failing import paint_failure
from gui.timeline.joins import Join
from gui.timeline.linking import Linker
from gui.timeline.look import Look
from gui.timeline.names import NamePainter
from gui.timeline.painting import device_painter
from gui.timeline.picture import Drawn, Picture
from gui.timeline.places import Places, Spot
from gui.timeline.stack import Placed, Stack
from profiler.timeline.picking import drawn_at, slice_in
from profiler.timeline.viewport import Viewport


class Speaker(Enum):
    """What says more of what a gesture picked; whoever shows panels hears of it."""

    DETAILS = "details"
    FIGURES = "figures"
    SEARCH = "search"
    DURATIONS = "histogram"


class Canvas(QWidget):
    """Lanes of all documents; of state it holds only its scroll and what the pointer is on.

    The lanes are kept as an image: a hovered slice or a stretch being dragged is painted over it, and nothing is
    computed anew.
    """

    scrolled = Signal()
    column_changed = Signal()
    picked = Signal(object)

    def __init__(
        self,
        workspace: Workspace,
        view: ViewState,
        selection: SelectionState,
        search: SearchState,
        axis: Axis,
        look: Look,
    ) -> None:
        super().__init__()
        self.workspace, self.view, self.selection, self.search, self.axis = workspace, view, selection, search, axis
        self.stack = Stack()
        self.places = Places(self.stack)
        self.linker = Linker(workspace, selection, self)
        self.linker.changed.connect(self.update)
        self.coverer = Coverer(self)
        self.coverer.done.connect(self.redraw)
        self.drawn: tuple[Drawn, ...] = ()
        self.scroll = 0
        self.hovered_strip: Placed | None = None
        self.walking_in: int | None = None
        self._arriving: Document | None = None
        self._lanes: QImage | None = None
        self._vectors = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 80)
        self.setObjectName("timeline-lanes")
        self.setAccessibleName("timeline lanes")
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self.look = look
        self.axis.room_px = self.width_px()
        self._picture = Picture(self, look)
        self.rearrange()

    @property
    def names(self) -> NamePainter:
        """Where the handles of names are."""
        return self._picture.names

    def rearrange(self) -> None:
        """Lanes, documents or their order changed."""
        self.stack.update(tuple(self.workspace), self.look.style)
        self.scroll = min(self.scroll, self.most_scroll())
        self._bring_arrived()
        self.scrolled.emit()
        self.redraw()

    def speak(self, speaker: Speaker) -> None:
        """Say who has more to tell of what was just picked."""
        self.picked.emit(speaker)

    def forget_closed(self) -> None:
        """Let go of documents that are open no more."""
        self.drawn = tuple(drawn for drawn in self.drawn if drawn.document in self.workspace)
        self.hovered_strip = None
        if self._arriving not in self.workspace:
            self._arriving = None
        self.places.forget()
        self._picture.forget()

    def redraw(self) -> None:
        """The lanes must be painted anew, not only what lies over them."""
        self._lanes = None
        self.update()

    def redraw_times(self) -> None:
        """Only what lies on the time axis must be painted anew: names stay as they are."""
        self._lanes = None
        left = int(self.column_px() / self.devicePixelRatioF())
        self.update(left, 0, self.width() - left, self.height())

    def scroll_to(self, scroll: float) -> None:
        """Move the lanes, in device pixels from their top, as far as there are any."""
        bounded = round(min(max(scroll, 0), self.most_scroll()))
        if bounded != self.scroll:
            self.scroll = bounded
            self.scrolled.emit()
            self.redraw()

    def most_scroll(self) -> int:
        """How far down the lanes can be moved."""
        return max(round(self.stack.height + self.stack.pinned_height) - self.height_px(), 0)

    def height_px(self) -> int:
        """Height in device pixels."""
        return round(self.height() * self.devicePixelRatioF())

    def width_px(self) -> int:
        """Width in device pixels."""
        return round(self.width() * self.devicePixelRatioF())

    def column_px(self) -> int:
        """Where the time axis begins, in device pixels."""
        return self.axis.column_px(self.look)

    def viewport_of(self, document: Document | None) -> Viewport:
        """The seen stretch over the pixels of the lanes, on a document's own clock or in relative time."""
        origin = document.origin_ns if document is not None else 0
        start, end = self.view.shown
        return Viewport(start + origin, end + origin, max(self.width_px() - self.column_px(), 1))

    def device_point(self, position: QPointF) -> tuple[float, float]:
        """A point of the widget in device pixels."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def time_at(self, position: QPointF) -> int:
        """Relative time under a point of the widget."""
        return self.viewport_of(None).time_at(self.device_point(position)[0] - self.column_px())

    def pointed_ns(self) -> int | None:
        """Relative time under the pointer; None where it is not over the lanes."""
        position = self.mapFromGlobal(self.cursor().pos())
        over = self.rect().contains(position) and self.device_point(position.toPointF())[0] >= self.column_px()
        return self.time_at(position.toPointF()) if over else None

    def slice_at(self, position: QPointF) -> Slice | None:
        """The slice at a point of the widget."""
        found = self.slice_and_row(position)
        return found[0] if found is not None else None

    def slice_and_row(self, position: QPointF) -> tuple[Slice, int] | None:
        """The slice at a point of the widget, and the mipmap row it was found in."""
        (x, y), column = self.device_point(position), self.column_px()
        if x < column:
            return None
        for drawn in reversed(self.drawn):
            row = drawn_at(drawn.frame.rows, y)
            if row is not None:
                found = slice_in(drawn.timeline, row.number, drawn.frame.viewport, x - column)
                return (Slice(drawn.document.id, found), row.number) if found is not None else None
        return None

    def strip_at(self, position: QPointF) -> Placed | None:
        """The strip at a point's height, half of the gap to its neighbours included."""
        y = self.device_point(position)[1]
        pinned = y < self.stack.pinned_height
        source = self.stack.pinned() if pinned else self.stack.in_sight(self.scroll, self.height_px())
        return next((placed for placed in source if placed.y - 2 <= y < placed.bottom + 2), None)

    def title_at(self, position: QPointF) -> Document | None:
        """The document whose title is at a point's height."""
        y = self.device_point(position)[1]
        for section, top in self.stack.headings(self.scroll, self.height_px()):
            if max(top, self.stack.pinned_height) <= y < top + section.heading:
                return section.document
        return None

    def spots(self, chosen: Slice) -> list[Spot]:
        """Where a slice is."""
        document = self.workspace.find(chosen.document)
        if document is None or document.timeline is None or chosen.row >= len(document.timeline.trace):
            return []
        return self.places.spots(document, chosen.row, self.viewport_of(document), self.column_px(), self.scroll)

    def joins_of(self, chosen: Slice) -> list[Join]:
        """Lines from a slice to its matches in the timelines above and below."""
        return self._picture.joins_of(chosen)

    def bring_into_sight(self, chosen: Slice) -> None:
        """Scroll as little as makes the lane of a slice seen."""
        spots = [spot for spot in self.spots(chosen) if spot.shown]
        top, bottom, margin = self.stack.pinned_height, self.height_px(), self.look.px(12)
        if not spots or any(spot.y >= top and spot.y + spot.h <= bottom for spot in spots):
            return
        spot = spots[-1]
        above = spot.y - margin - top
        self.scroll_to(self.scroll + (above if above < 0 else spot.y + spot.h + margin - bottom))

    def expect(self, document: Document) -> None:
        """Bring a document that was opened below others into sight, as soon as it has lanes."""
        self._arriving = document

    def _bring_arrived(self) -> None:
        document = self._arriving
        section = next((one for one in self.stack.sections if one.document is document), None)
        if document is None or section is None:
            return
        seen = self.height_px() - self.stack.pinned_height
        if section.y < self.scroll or section.y + section.height > self.scroll + seen:
            self.scroll = round(min(section.y, self.most_scroll()))
        if document.timeline is not None:
            self._arriving = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scroll within what there is."""
        super().resizeEvent(event)
        self.axis.room_px = self.width_px()
        self.scroll = min(self.scroll, self.most_scroll())
        self.scrolled.emit()
        self.redraw()

    def sizeHint(self) -> QSize:
        """Room for a handful of lanes."""
        return QSize(900, 420)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the lanes where they changed, and what lies over them; where that fails, say so and nothing else."""
        try:
            if self._vectors:
                self._paint_vectors()
            else:
                self._paint_pixels()
        except Exception as error:
            self._lanes, self.drawn = None, ()
            with device_painter(self) as painter:
                paint_failure(painter, self.look, self.width_px(), self.height_px(), error)
            raise

    def _paint_pixels(self) -> None:
        if self._lanes is None or self._lanes.width() != self.width_px() or self._lanes.height() != self.height_px():
            lanes = QImage(self.width_px(), self.height_px(), QImage.Format.Format_RGB32)
            self.drawn = self._picture.lanes(lanes)
            self._lanes = lanes
            for drawn in self.drawn:
                for wanted in drawn.frame.wanted[:1]:
                    self.coverer.want(drawn.timeline, wanted)
        with device_painter(self) as painter:
            painter.drawImage(0, 0, self._lanes)
            self._picture.over(painter)

    def _paint_vectors(self) -> None:
        with device_painter(self) as painter:
            self.drawn = self._picture.lanes_on(painter, self.width_px(), self.height_px())
            self._picture.over(painter)

    @contextmanager
    def painting_vectors(self) -> Iterator[None]:
        """Meanwhile, lanes are painted as shapes and texts and not as a kept image."""
        self._vectors = True
        try:
            yield
        finally:
            self._vectors = False
