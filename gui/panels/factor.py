"""A what-if factor on a logarithmic slider."""

from __future__ import annotations

from math import log2

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSlider, QWidget

from gui.panels.controls import named, row
from gui.panels.fonts import fit_width
from gui.panels.text import Plain, tooltip

#: Places of the slider for a factor of two, and factors of two to each side.
_PLACES = 8
_REACH = 3


class Factor(QWidget):
    """A slider from 1/8 to 8; a double click, or Home, gives 1.

    Signals
    -------
    changed : float
        A person chose another factor.
    """

    changed = Signal(float)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self.slider = named(QSlider(Qt.Orientation.Horizontal), name, tip)
        self.slider.setRange(-_PLACES * _REACH, _PLACES * _REACH)
        self.slider.setPageStep(_PLACES)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.slider.setTickInterval(_PLACES)
        self.slider.setMinimumWidth(56)
        self.label = Plain("×1")
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        fit_width(self.label, "×0.125", 4)
        self.setLayout(row(self.slider, self.label))
        self.layout().setStretch(0, 1)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(self._moved)
        self.slider.installEventFilter(self)

    def show_value(self, factor: float) -> None:
        """Show a factor from elsewhere."""
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(log2(factor) * _PLACES))
        self.label.setText(f"×{factor:.3g}")

    def explain(self, reason: str) -> None:
        """Disable for a reason; enable for none."""
        self.setEnabled(not reason)
        text = reason or f"{self._tip} A double click gives ×1."
        self.slider.setToolTip(tooltip(text))
        self.slider.setAccessibleDescription(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go back to 1 at a double click, and at Home, where a slider would go to its least."""
        double = event.type() == QEvent.Type.MouseButtonDblClick
        home = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Home
        if self.isEnabled() and (double or home):
            self.slider.setValue(0)
            return True
        return super().eventFilter(watched, event)

    def _moved(self, place: int) -> None:
        factor = 2.0 ** (place / _PLACES)
        self.label.setText(f"×{factor:.3g}")
        self.changed.emit(factor)
