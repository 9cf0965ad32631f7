"""Texts that are drawn in every frame, laid out once."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QFont, QPainter, QStaticText, QTransform

from gui.timeline.look import Metrics
from profiler.report.fitting import Fitting
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
        #: As much of an outside text as fits, with an ellipsis; the same with its end kept; and the fullest form of a
        #: function's name that fits, empty when hardly a letter does.
        self.cut = Fitting(elide, self.measure)
        self.cut_middle = Fitting(elide_middle, self.measure)
        self.fitted = Fitting(fit_label, self.measure)

    def draw(self, painter: QPainter, x: float, middle: float, text: str) -> None:
        """Draw with its left end at ``x``, its capitals centred on ``middle``. The painter has the font and pen."""
        painter.drawStaticText(
            QPointF(round(x), round(middle + self.measure.cap / 2 - self.measure.ascent)), self._of(text)
        )

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
