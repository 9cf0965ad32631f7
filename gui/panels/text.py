"""Texts in widgets: plain, escaped, elided. What a traced program wrote is never markup."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.panels.fonts import enlarge
from profiler.report.escape import visible

#: Letters of a name that a cell or a label is given; the width of the widget elides further.
MOST = 400

#: How much larger than text a figure is that a panel is about.
_FIGURE = 1.6

#: Letters of a tooltip: it cannot be scrolled.
_TOOLTIP_MOST = 1500


def shown(text: str, most: int = MOST) -> str:
    """``text`` as one line that holds nothing unseen, no longer than ``most`` letters."""
    safe = visible(text[: most + 1])
    return safe if len(text) <= most and len(safe) <= most else safe[: most - 1] + "…"


def tooltip(text: str) -> str:
    """``text`` for ``setToolTip``: Qt guesses whether that is markup, so it always is, with everything escaped."""
    lines = [shown(line, _TOOLTIP_MOST) for line in text[: 2 * _TOOLTIP_MOST].splitlines()]
    return "<p>" + "<br>".join(escape(line) for line in lines) + "</p>" if text else ""


def action_text(text: str) -> str:
    """``text`` for a button or a menu, where ``&`` would mark a key."""
    return shown(text).replace("&", "&&")


class Plain(QLabel):
    """A label that shows its text as it is.

    Parameters
    ----------
    role : str
        ``""``, ``muted``, ``problem``, ``heading`` or ``figure``. The first two are properties of the style sheet.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, *, role: str = "", wrap: bool = False) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setOpenExternalLinks(False)
        self.setWordWrap(wrap)
        self.setText(text)
        if role in ("muted", "problem"):
            self.setProperty(role, "true")
        if role == "heading":
            font = self.font()
            font.setBold(True)
            self.setFont(font)
        if role == "figure":
            enlarge(self, _FIGURE)


class Elided(Plain):
    """A label of one line that ends in an ellipsis where there is no room; the whole text is its tooltip."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, role: str = "") -> None:
        self._whole = ""
        super().__init__("", parent, role=role)
        self.setProperty("elides", True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.show_text(text)

    @property
    def whole(self) -> str:
        """The text before eliding, harmless."""
        return self._whole

    def show_text(self, text: str) -> None:
        """Show a text from anywhere."""
        self._whole = shown(text)
        self.setText(self._whole)
        self.setToolTip(tooltip(text))
        self.setAccessibleDescription(self._whole)

    def minimumSizeHint(self) -> QSize:
        """As high as a line and as narrow as anybody likes."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as fits."""
        painter = QPainter(self)
        try:
            text = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.contentsRect().width())
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.contentsRect(), int(self.alignment()) | Qt.TextFlag.TextSingleLine, text)
        finally:
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew: another part fits."""
        super().resizeEvent(event)
        self.update()
