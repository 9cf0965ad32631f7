"""A list that opens over the status bar and closes at the next click elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QWidget

from gui.panels.controls import column, named, scrolled
from gui.panels.text import Plain


class Popup(QFrame):
    """Lines under a heading, above the widget that opened it.

    Parameters
    ----------
    anchor : QWidget
        The button that opens it.
    name : str
    """

    def __init__(self, anchor: QWidget, name: str) -> None:
        super().__init__(anchor, Qt.WindowType.Popup)
        named(self, name)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._anchor = anchor
        self._content = QWidget()
        self._lines = column(self._content)
        area = scrolled(self._content)
        # Lines that do not fit are reached by the arrow keys too.
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFocusProxy(area)
        column(self, edge=1, gap=0).addWidget(area)

    def show_widgets(self, heading: str, widgets: list[QWidget]) -> None:
        """Put other lines in place of what was there, and open."""
        while self._lines.count():
            old = self._lines.takeAt(0).widget()
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        for widget in (Plain(heading, role="heading"), *widgets):
            self._lines.addWidget(widget)
        self._lines.addStretch(1)
        self._open()

    def _open(self) -> None:
        self.resize(440, 80)
        wanted = self._content.heightForWidth(420) if self._content.hasHeightForWidth() else 0
        height = min(max(wanted, self._content.sizeHint().height()) + 12, 360)
        self.resize(440, height)
        corner = self._anchor.mapToGlobal(QPoint(self._anchor.width() - self.width(), -self.height() - 2))
        screen = self._anchor.screen().availableGeometry()
        self.move(max(corner.x(), screen.left()), max(corner.y(), screen.top()))
        self.show()
        self.setFocus()
