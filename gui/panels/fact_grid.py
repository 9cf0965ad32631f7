"""Names and values of any length in two columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from gui.panels.controls import EDGE, named
from gui.panels.text import Elided, Plain, shown


class FactGrid(QWidget):
    """Facts, each on one line; a value that is too long is elided, and whole in its tooltip."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        named(self, name)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(EDGE)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 2)
        self._grid.setColumnStretch(1, 3)
        self._rows: list[tuple[Plain, Elided]] = []

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these in place of what was there."""
        self.setVisible(bool(facts))
        while len(self._rows) < len(facts):
            label, value = Plain(role="muted", wrap=True), Elided()
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
            self._grid.addWidget(label, len(self._rows), 0)
            self._grid.addWidget(value, len(self._rows), 1)
            self._rows.append((label, value))
        for place, (label, value) in enumerate(self._rows):
            label.setVisible(place < len(facts))
            value.setVisible(place < len(facts))
            if place < len(facts):
                label.setText(shown(facts[place][0], 40))
                named(value, f"fact-{facts[place][0].lower().replace(' ', '-')}")
                value.show_text(facts[place][1])
