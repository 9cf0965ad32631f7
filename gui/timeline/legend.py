"""What the colours and marks mean, in one line below the lanes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.state.workspace import Workspace
from gui.timeline.look import Look
from gui.timeline.painting import device_painter
from gui.timeline.texts import Texts
from profiler.report.palette import EXPOSED_WORDS, HIDDEN_WORDS, PAINT_NAMES
from profiler.report.shades import BAND_OPACITY
from profiler.timeline.keys import LaneKind
from profiler.timeline.model import Timeline
from profiler.timeline.paint import Paint
from profiler.trace.schema import NO_TIME

HEIGHT_PX = 22
_SWATCH_PX = 16

#: Slices of a row that are looked at for the colours that occur.
_SAMPLE = 256


class Legend(QWidget):
    """Swatches with words; those without room are left out, the marks on copies last."""

    def __init__(self, workspace: Workspace, look: Look) -> None:
        super().__init__()
        self._workspace = workspace
        self._known: dict[int, tuple[Timeline, tuple[tuple[str, str, Paint], ...]]] = {}
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("timeline-legend")
        self.setAccessibleName("legend")
        self.set_look(look)

    def set_look(self, look: Look) -> None:
        """Paint in another theme or scale."""
        self._look = look
        self._texts = Texts(look.ruler_font)
        self.updateGeometry()
        self.update()

    def forget_closed(self) -> None:
        """Let go of documents that are open no more."""
        open_ids = {document.id for document in self._workspace}
        self._known = {number: known for number, known in self._known.items() if number in open_ids}

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(300, round(HEIGHT_PX * self._look.scale / self.devicePixelRatioF()))

    def minimumSizeHint(self) -> QSize:
        """As high as hinted."""
        return QSize(60, self.sizeHint().height())

    def entries(self) -> list[tuple[str, str, Paint]]:
        """Kind of mark, word and paint of all that occurs: first the marks on copies, then the colours in order."""
        found: dict[tuple[str, str], Paint] = {}
        for document in self._workspace:
            if document.timeline is not None:
                known = self._known.get(document.id)
                if known is None or known[0] is not document.timeline:
                    known = self._known[document.id] = (document.timeline, tuple(_entries(document.timeline)))
                found.update({(kind, word): paint for kind, word, paint in known[1]})
        marks = {"exposed": 0, "band": 1}
        ordered = sorted(found.items(), key=lambda entry: (marks.get(entry[0][0], 2), entry[1]))
        return [(kind, word, paint) for (kind, word), paint in ordered]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what fits."""
        ratio = self.devicePixelRatioF()
        with device_painter(self) as painter:
            self._paint(painter, round(self.width() * ratio), round(self.height() * ratio))

    def _paint(self, painter: QPainter, width: int, height: int) -> None:
        look, left = self._look, self._look.px(8)
        painter.fillRect(0, 0, width, height, look.background)
        painter.fillRect(0, 0, width, 1, look.rule)
        painter.setFont(self._texts.font)
        for kind, word, paint in self.entries():
            room = look.px(_SWATCH_PX + 5) + self._texts.measure(word)
            if left + room > width - look.px(8):
                break
            self._swatch(painter, kind, paint, left, height / 2)
            painter.setPen(look.muted)
            self._texts.draw(painter, left + look.px(_SWATCH_PX + 5), height / 2, word)
            left += room + look.px(16)

    def _swatch(self, painter: QPainter, kind: str, paint: Paint, left: float, middle: float) -> None:
        look, wide, high = self._look, self._look.px(_SWATCH_PX), self._look.px(10)
        box = QRectF(left, round(middle - high / 2), wide, high)
        if kind == "wait":
            painter.fillRect(QRectF(left, round(middle - look.px(1.5)), wide, look.px(3)), look.brushes[paint])
        elif kind == "band":
            painter.fillRect(QRectF(left, box.top(), wide, high * 0.35), look.brushes[paint])
            painter.setOpacity(BAND_OPACITY)
            painter.fillRect(QRectF(left, box.top() + high * 0.35, wide, high * 0.3), look.brushes[paint])
            painter.setOpacity(1.0)
            painter.fillRect(QRectF(left, box.top() + high * 0.65, wide, high * 0.35), look.brushes[Paint.KERNEL])
        else:
            painter.fillRect(box, look.brushes[paint])
        if kind == "exposed":
            pen = QPen(look.exposed, look.px(2))
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(box.adjusted(1, 1, -1, -1))


def _entries(timeline: Timeline) -> list[tuple[str, str, Paint]]:
    paints: set[int] = set()
    waits = False
    for lane in timeline.lanes:
        for rows in lane.rows:
            paints |= set(timeline.mipmap.paint_of_rows(rows[:_SAMPLE]).tolist())
        if lane.kind == LaneKind.STREAM and not waits:
            waits = bool((timeline.trace["queued_ns"][lane.rows[0][:_SAMPLE]] != NO_TIME).any())
    copy = Paint.HTOD if Paint.HTOD in paints else Paint.DTOH
    entries = [("box", PAINT_NAMES[Paint(paint)], Paint(paint)) for paint in sorted(paints)]
    if waits:
        entries.append(("wait", PAINT_NAMES[Paint.WAIT], Paint.WAIT))
    if len(timeline.exposed.starts):
        entries.append(("exposed", EXPOSED_WORDS, copy))
    if len(timeline.hidden.starts):
        entries.append(("band", HIDDEN_WORDS, copy))
    return entries
