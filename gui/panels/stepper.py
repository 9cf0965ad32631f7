"""A number on a slider whose steps grow with it, and in a box for any other value."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QSlider, QSpinBox, QWidget

from gui.panels.controls import named, row
from gui.panels.fonts import fit_width
from gui.panels.text import tooltip

#: Steps for batches: doubling, and the halves between.
BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024)


class Stepper(QWidget):
    """A slider and a spin box that show one number.

    Parameters
    ----------
    name : str
        Accessible name of the slider; that of the box has ``-value`` behind it.
    tip : str
        What the number is.
    steps : sequence of int
        Values of the slider, rising.
    most : int
        Largest value of the box.
    automatic : bool
        The value may be None: whatever the strategy takes. It is the slider's first place.

    Signals
    -------
    changed : int or None
        A person chose another value.
    """

    changed = Signal(object)

    def __init__(
        self,
        name: str,
        tip: str,
        steps: Sequence[int],
        *,
        most: int,
        automatic: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._steps = (0, *steps) if automatic else tuple(steps)
        self._tip = tip
        self._value: int | None = None if automatic else steps[0]
        self.slider = named(QSlider(Qt.Orientation.Horizontal), name, tip)
        self.slider.setRange(0, len(self._steps) - 1)
        self.slider.setPageStep(2)
        self.slider.setMinimumWidth(56)
        self.box = named(QSpinBox(), f"{name}-value", tip)
        self.box.setRange(self._steps[0], most)
        self.box.setKeyboardTracking(False)
        self.box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        fit_width(self.box, "auto · 1024", 34)
        self.setLayout(row(self.slider, self.box))
        self.layout().setStretch(0, 1)
        self.setFocusProxy(self.slider)
        self.slider.valueChanged.connect(lambda place: self._choose(self._steps[place]))
        self.box.valueChanged.connect(self._choose)

    @property
    def value(self) -> int | None:
        """The number shown; None where the strategy chooses."""
        return self._value

    def show_value(self, value: int | None, resolved: int | None = None) -> None:
        """Show a value from elsewhere; ``resolved`` is what "auto" comes to, where that is known."""
        with QSignalBlocker(self.slider), QSignalBlocker(self.box):
            self._value = value
            if self._steps[0] == 0:
                self.box.setSpecialValueText("auto" if resolved is None else f"auto · {resolved}")
            self.box.setValue(value or self._steps[0])
            self.slider.setValue(self._place(value or self._steps[0]))

    def explain(self, reason: str) -> None:
        """Disable for a reason; enable for none."""
        self.setEnabled(not reason)
        for part in (self, self.slider, self.box):
            part.setToolTip(tooltip(f"{self._tip}\n{reason}" if reason else self._tip))
            part.setAccessibleDescription(reason or self._tip)

    def _place(self, value: int) -> int:
        """The nearest step, by ratio."""
        after = min(bisect_left(self._steps, value), len(self._steps) - 1)
        before = max(after - 1, 0)
        low, high = self._steps[before], self._steps[after]
        return before if low and value * value < low * high else after

    def _choose(self, value: int) -> None:
        chosen = value or None
        if chosen != self._value:
            self.show_value(chosen)
            self.changed.emit(chosen)
