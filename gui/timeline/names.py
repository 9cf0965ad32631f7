"""The column on the left: names of groups and lanes with their fold arrows, and the heading of each document."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from gui.state.document import Document, Status
from gui.timeline.look import Look
from gui.timeline.stack import Placed, Section
from gui.timeline.texts import Texts
from profiler.report.escape import visible
from profiler.timeline.arrange import StripKind
from profiler.timeline.keys import LaneKind
from profiler.units import format_ns, format_percent

INDENT_PX = 12
ARROW_PX = 14

#: Letters of a filter beside a title.
_PATTERN_LETTERS = 24


class NamePainter:
    """Paints the names of strips and the headings of documents."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._plain = Texts(look.name_font)
        self._strong = Texts(look.strong_font)
        self._title = Texts(look.title_font)
        self._note = Texts(look.note_font)

    def arrow_end(self, placed: Placed) -> float:
        """Where a strip's fold arrow ends in device pixels: a press left of it folds or opens."""
        return self._look.px(6 + placed.strip.level * INDENT_PX + ARROW_PX + 4)

    def paint_strip(self, painter: QPainter, placed: Placed, width: float) -> None:
        """The name of a strip in a column of ``width``."""
        look, strip = self._look, placed.strip
        left = look.px(6 + strip.level * INDENT_PX)
        middle = (
            placed.y + min(strip.height, look.px(22)) / 2 if strip.height > look.px(44) else placed.y + strip.height / 2
        )
        if strip.foldable:
            self._arrow(painter, left, middle, folded=strip.kind == StripKind.FOLDED)
        lane = (
            placed.document.timeline.lanes[strip.node.lane]
            if strip.node.lane >= 0 and placed.document.timeline
            else None
        )
        strong = bool(strip.node.children) or (lane is not None and lane.kind == LaneKind.ENGINE)
        texts = self._strong if strong else self._plain
        left += look.px(ARROW_PX)
        painter.setFont(texts.font)
        painter.setPen(look.text if strong else look.muted)
        texts.draw(painter, left, middle, texts.cut_middle(strip.node.title, width - left - look.px(6)))

    def handle_at(self, placed: Placed, width: float, x: float, y: float) -> str:
        """``pin`` or ``hide`` where the handles of a hovered lane are, else nothing."""
        for name, rect in self._handles(placed, width).items():
            if rect.contains(x, y):
                return name
        return ""

    def paint_handles(self, painter: QPainter, placed: Placed, width: float) -> None:
        """What a lane under the pointer offers: to be pinned (or let go) and to be hidden."""
        look = self._look
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for name, rect in self._handles(placed, width).items():
            painter.setPen(QPen(look.rule, 1))
            painter.setBrush(look.background)
            painter.drawRoundedRect(rect, look.px(3), look.px(3))
            painter.setPen(QPen(look.text, look.px(1.4), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            (self._pin if name == "pin" else self._cross)(painter, rect, placed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _handles(self, placed: Placed, width: float) -> dict[str, QRectF]:
        look, size = self._look, min(self._look.px(15), placed.strip.height)
        top = placed.y + min(placed.strip.height, look.px(24)) / 2 - size / 2
        right = width - look.px(4)
        names = ("hide",) if placed.strip.node.children else ("hide", "pin")
        return {
            name: QRectF(right - (place + 1) * (size + look.px(2)), top, size, size) for place, name in enumerate(names)
        }

    def _pin(self, painter: QPainter, rect: QRectF, placed: Placed) -> None:
        middle, unit = rect.center(), rect.width() / 8
        painter.setBrush(self._look.text if placed.pinned else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QPointF(middle.x(), middle.y() - unit), 1.6 * unit, 1.6 * unit)
        painter.drawLine(QPointF(middle.x(), middle.y() + 0.6 * unit), QPointF(middle.x(), middle.y() + 2.8 * unit))

    def _cross(self, painter: QPainter, rect: QRectF, placed: Placed) -> None:
        middle, reach = rect.center(), rect.width() / 5
        for slope in (1, -1):
            painter.drawLine(
                QPointF(middle.x() - reach, middle.y() - slope * reach),
                QPointF(middle.x() + reach, middle.y() + slope * reach),
            )

    def paint_heading(
        self, painter: QPainter, section: Section, y: float, width: float, *, active: bool, marked: bool
    ) -> None:
        """A document's letter, title, what is going on with it, and its figures, over the whole width.

        ``active`` is the one that the panels speak of, ``marked`` whether that is to be told from others.
        """
        look, document = self._look, section.document
        middle, left, right = y + section.heading / 2 + look.px(2), look.px(8), width - look.px(10)
        painter.setPen(look.rule)
        painter.drawLine(0, round(y), round(width), round(y))
        if marked:
            painter.fillRect(QRectF(0, y + look.px(6), look.px(3), section.heading - look.px(8)), look.accent)
        if document.letter:
            left = self._badge(painter, left, middle, document.letter, active=active)
        note = note_of(document)
        note_width = min(self._note.measure(note), (right - left) * 0.6) if note else 0
        painter.setFont(look.title_font)
        painter.setPen(look.text)
        title = self._title.cut(document.title or "untitled", right - left - note_width - look.px(16))
        self._title.draw(painter, left, middle, title)
        left += self._title.measure(title) + look.px(12)
        left = self._status(painter, document, left, middle)
        painter.setFont(look.note_font)
        painter.setPen(look.muted)
        self._note.draw(painter, left, middle, self._note.cut(note, right - left))

    def paint_empty(self, painter: QPainter, document: Document, y: float, width: float) -> None:
        """What stands in place of the lanes of a document that has none."""
        look = self._look
        text = document.message or _why_empty(document)
        painter.setFont(look.note_font)
        painter.setPen(look.muted)
        self._note.draw(painter, look.px(12), y + look.px(20), self._note.cut(text, width - look.px(24)))

    def paint_nothing(self, painter: QPainter, width: float, height: float) -> None:
        """What stands in an empty window."""
        look = self._look
        lines = (
            (self._title, look.title_font, look.text, "No timeline yet"),
            (self._note, look.note_font, look.muted, "Open a trace file, drop one here, or simulate a scenario."),
        )
        for place, (texts, font, colour, words) in enumerate(lines):
            shown = texts.cut(words, width - look.px(16))
            painter.setFont(font)
            painter.setPen(colour)
            left = (width - texts.measure(shown)) / 2
            texts.draw(painter, left, height / 2 + (place - 0.5) * look.px(24), shown)

    def _badge(self, painter: QPainter, left: float, middle: float, letter: str, *, active: bool) -> float:
        look, size = self._look, self._look.px(18)
        room = max(size, self._strong.measure(letter) + look.px(8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.accent if active else look.muted)
        painter.drawRoundedRect(QRectF(left, middle - size / 2, room, size), look.px(4), look.px(4))
        painter.setFont(look.strong_font)
        painter.setPen(look.background)
        self._strong.draw(painter, left + (room - self._strong.measure(letter)) / 2, middle, letter)
        return left + room + look.px(8)

    def _status(self, painter: QPainter, document: Document, left: float, middle: float) -> float:
        """Marks behind the title of what is not complete, and of lanes that are left out."""
        words = {Status.PARTIAL: "partial", Status.LOADING: "loading", Status.FAILED: "failed"}
        word = words.get(document.status, "")
        if word and document.progress is not None:
            word = f"{word} · {format_percent(document.progress)}"
        for pill in (word, *left_out(document)):
            left = self._pill(painter, left, middle, pill) if pill else left
        return left

    def _pill(self, painter: QPainter, left: float, middle: float, word: str) -> float:
        look, width = self._look, self._note.measure(word) + self._look.px(12)
        painter.setPen(look.exposed)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        height = look.px(18)
        painter.drawRoundedRect(QRectF(left, middle - height / 2, width, height), height / 2, height / 2)
        painter.setFont(look.note_font)
        painter.setPen(look.text)
        self._note.draw(painter, left + look.px(6), middle, word)
        return left + width + look.px(10)

    def _arrow(self, painter: QPainter, left: float, middle: float, *, folded: bool) -> None:
        size = self._look.px(4)
        x = left + self._look.px(5)
        points = (
            [(-size / 2, -size), (size * 0.8, 0), (-size / 2, size)]
            if folded
            else [(-size, -size / 2), (size, -size / 2), (0, size * 0.8)]
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.muted)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.drawPolygon(QPolygonF([QPointF(x + dx, middle + dy) for dx, dy in points]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def _why_empty(document: Document) -> str:
    """Why a document has no lanes on the canvas, and what brings them back."""
    if document.status == Status.LOADING:
        return "Reading…"
    choice, timeline = document.lanes.choice, document.timeline
    if timeline is None or not timeline.lanes:
        return "No slices are in here: nothing to draw."
    if choice.pattern:
        return f"No lane's name holds “{choice.pattern[:80]}”: change the filter (Ctrl+L) or reset the lanes."
    return "All lanes are hidden: reset the lanes (View menu)." if choice.hidden else "Nothing to draw."


def left_out(document: Document) -> Iterator[str]:
    """Why not all lanes are shown."""
    choice = document.lanes.choice
    if choice.gpu is not None:
        yield f"only GPU {choice.gpu}"
    if choice.pattern:
        yield f"filter {visible(choice.pattern[:_PATTERN_LETTERS])}"
    if choice.hidden:
        yield f"{len(choice.hidden):,} hidden"


def note_of(document: Document) -> str:
    """The line of figures beside a title: what there is of span, hidden share and exposed time, that of one repeat."""
    figures = document.figures or {}
    repeats = figures.get("repeats")
    several = isinstance(repeats, int) and repeats > 1
    span = format_ns(document.span_ns) + (f" in {repeats:,} repeats" if several else "")
    parts = [span] if document.span_ns else []
    overlap = figures.get("overlap") if isinstance(figures.get("overlap"), dict) else None
    devices = figures.get("devices")
    if overlap is None and isinstance(devices, list) and len(devices) == 1:
        overlap = devices[0]
    if overlap:
        if overlap.get("hidden_fraction") is not None:
            parts.append(f"{format_percent(overlap['hidden_fraction'])} of copy time hidden")
        if overlap.get("exposed_ns") is not None:
            parts.append(f"{format_ns(overlap['exposed_ns'])} exposed" + (" in the median one" if several else ""))
    return "  ·  ".join(parts)
