"""Causes of exposed copy time as labelled bars, and what would help most."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.panels.bars import Bar, Part, exposed
from gui.panels.controls import GAP, column, named
from gui.panels.figure_rows import CauseRow
from gui.panels.text import Plain, tooltip
from profiler.units import format_ns, format_percent


class CauseList(QWidget):
    """One row a cause: its name, its share as a bar, its time. Below them what would help with the greatest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, "causes")
        lines = column(self, edge=0)
        self._heading = Plain("Why copies are exposed", role="heading")
        self._heading.setContentsMargins(0, GAP, 0, 0)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._help = named(Plain(wrap=True, role="muted"), "remedy")
        for part in (self._heading, self._grid, self._help):
            lines.addLayout(part) if part is self._grid else lines.addWidget(part)
        self._rows: list[tuple[Plain, Bar, Plain]] = []

    def show_causes(self, causes: Sequence[CauseRow]) -> None:
        """Show causes, greatest first."""
        while len(self._rows) < len(causes):
            self._rows.append(self._new_row())
        for place, parts in enumerate(self._rows):
            for part in parts:
                part.setVisible(place < len(causes))
            if place < len(causes):
                _fill(parts, causes[place])
        self._heading.setVisible(bool(causes))
        self._help.setVisible(bool(causes))
        if causes:
            self._help.setText(f"Mostly, {causes[0].meaning}. {causes[0].remedy}".strip())

    def _new_row(self) -> tuple[Plain, Bar, Plain]:
        name, bar, time = Plain(), Bar(10), Plain()
        bar.setMinimumWidth(40)
        time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        place = len(self._rows)
        for column_, part in enumerate((name, bar, time)):
            self._grid.addWidget(part, place, column_)
        return name, bar, time


def _fill(parts: tuple[Plain, Bar, Plain], cause: CauseRow) -> None:
    name, bar, time = parts
    named(name, f"cause-{cause.name}")
    named(bar, f"cause-{cause.name}-bar")
    name.setText(cause.name)
    bar.show_parts([Part(cause.share, exposed)], 1.0)
    time.setText(format_ns(cause.ns))
    words = f"{format_percent(cause.share)} of the exposed time: {cause.meaning}.\n{cause.remedy}"
    for part in parts:
        part.setToolTip(tooltip(words))
