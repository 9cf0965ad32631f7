"""Rows of figures: what they are called at the left, values at the right."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.panels.controls import EDGE, GAP, column, named
from gui.panels.figure_rows import FigureRow
from gui.panels.text import Plain, tooltip


class FigureTable(QWidget):
    """Figures under a heading; nothing at all is shown for no rows."""

    def __init__(self, name: str, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, name)
        lines = column(self, edge=0, gap=2)
        heading = Plain(title, role="heading")
        heading.setContentsMargins(0, GAP, 0, 0)
        heading.setVisible(bool(title))
        lines.addWidget(heading)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(EDGE)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        lines.addLayout(self._grid)
        self._rows: list[tuple[Plain, Plain]] = []

    def show_rows(self, rows: Sequence[FigureRow]) -> None:
        """Show these figures in place of what was there; widgets are kept, for this happens with every frame."""
        self.setVisible(bool(rows))
        while len(self._rows) < len(rows):
            self._rows.append(self._new_row())
        for place, (label, value) in enumerate(self._rows):
            label.setVisible(place < len(rows))
            value.setVisible(place < len(rows))
            if place < len(rows):
                _fill(label, value, rows[place])

    def _new_row(self) -> tuple[Plain, Plain]:
        label, value = Plain(role="muted"), Plain()
        value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        place = len(self._rows)
        self._grid.addWidget(label, place, 0)
        self._grid.addWidget(value, place, 1)
        return label, value


def _fill(label: Plain, value: Plain, row: FigureRow) -> None:
    label.setText(row.label)
    if value.objectName() != f"figure-{row.key}":
        named(value, f"figure-{row.key}", row.meaning)
        label.setToolTip(tooltip(row.meaning))
    value.setText(row.text)
