"""Texts that are drawn in every frame, laid out once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QStaticText, QTransform

from gui.timeline.look import Metrics
from profiler.report.escape import visible
from profiler.timeline.labels import elide, elide_middle, fit_label


class Texts:
    """A cache of laid-out texts in one font, with their widths.

    Anything that comes from a file goes through `visible`: no control character, no change of reading direction.
    """

    _KEPT = 4_000

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.measure = Metrics(font)
        self._known: dict[str, QStaticText] = {}
        self._cut: dict[tuple[str, int], str] = {}
        self._narrowed: dict[tuple[str, int], str] = {}
        self._fitted: dict[tuple[str, int], str] = {}

    def draw(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw with its left end at ``x``, its capitals centred on ``middle``. The painter has the font and pen."""
        painter.drawStaticText(
            QPointF(round(x), round(middle + self.measure.cap / 2 - self.measure.ascent)), self._of(text)
        )

    def cut(self, text: str, room: float) -> str:
        """As much of an outside text as fits, with an ellipsis."""
        return self._remembered(self._cut, text, room, elide)

    def cut_middle(self, text: str, room: float) -> str:
        """As much of an outside text as fits, its end kept."""
        return self._remembered(self._narrowed, text, room, elide_middle)

    def fitted(self, name: str, room: float) -> str:
        """The fullest form of a function's name that fits; empty when hardly a letter does."""
        return self._remembered(self._fitted, name, room, fit_label)

    def _remembered(
        self,
        known: dict[tuple[str, int], str],
        text: str,
        room: float,
        shorten: Callable[[str, float, Callable[[str], float]], str],
    ) -> str:
        key = (text, int(room) // 2)
        found = known.get(key)
        if found is None:
            if len(known) > self._KEPT:
                known.clear()
            found = known[key] = visible(shorten(text[:2000], 2.0 * key[1], lambda part: self.measure(visible(part))))
        return found

    def _of(self, text: str) -> QStaticText:
        found = self._known.get(text)
        if found is None:
            if len(self._known) > self._KEPT:
                self._known.clear()
            found = QStaticText(text)
            found.setTextFormat(Qt.TextFormat.PlainText)
            found.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            found.prepare(QTransform(), self.font)
            self._known[text] = found
        return found
