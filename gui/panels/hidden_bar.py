"""The answer at a glance: how much of the copy time is hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QWidget

from gui.panels.bars import Bar, Part, Swatch, exposed, hidden
from gui.panels.controls import column, named, row
from gui.panels.text import Plain, tooltip
from profiler.units import format_ns, format_percent


class HiddenBar(QWidget):
    """A headline, a bar of hidden and exposed copy time, and its legend."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        lines = column(self, edge=0, gap=4)
        self._headline = named(Plain(role="figure"), "hidden-fraction")
        self._bar = named(Bar(16), "hidden-bar")
        self._hidden = named(Plain(), "hidden")
        self._exposed = named(Plain(), "exposed")
        self._covered = named(Plain(role="muted", wrap=True), "covered")
        lines.addWidget(self._headline)
        lines.addWidget(self._bar)
        lines.addLayout(row(Swatch(hidden), self._hidden, 1))
        lines.addLayout(row(Swatch(exposed), self._exposed, 1))
        lines.addWidget(self._covered)

    def show_device(self, device: Mapping[str, Any]) -> None:
        """Show a device of ``analyze --json``."""
        fraction = device["hidden_fraction"]
        self._headline.setText("No copies to hide" if fraction is None else f"{format_percent(fraction)} hidden")
        parts = (Part(device["hidden_ns"], hidden), Part(device["exposed_ns"], exposed))
        self._bar.show_parts(parts)
        self._hidden.setText(f"hidden under kernels {format_ns(device['hidden_ns'])}")
        self._exposed.setText(f"exposed {format_ns(device['exposed_ns'])}")
        meaning = "Copy time while some kernel runs on the same GPU, and the rest of it."
        for part in (self._headline, self._bar, self._hidden, self._exposed):
            part.setToolTip(tooltip(meaning))
        gaps = device.get("covered_ns", device["hidden_ns"]) - device["hidden_ns"]
        self._covered.setText(f"A further {format_ns(gaps)} lies in short gaps between kernels." if gaps > 0 else "")
        self._covered.setVisible(gaps > 0)
