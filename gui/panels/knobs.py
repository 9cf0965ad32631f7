"""Rows of a form: a label beside a list, a slider with a box, or a factor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from gui.panels.controls import EDGE, GAP, named
from gui.panels.factor import Factor
from gui.panels.stepper import Stepper
from gui.panels.text import Plain, shown, tooltip

Change = Callable[[str, Any], None]


class KnobGrid(QGridLayout):
    """Two columns: what a knob is called, and its control.

    Parameters
    ----------
    change : callable
        Gets the name of a knob and the value that a person chose.
    """

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change
        self._tips: dict[str, str] = {}
        self._labels: dict[str, Plain] = {}
        self.choices: dict[str, QComboBox] = {}
        self._items: dict[str, list[tuple[str, Any]]] = {}
        self.steppers: dict[str, Stepper] = {}
        self.factors: dict[str, Factor] = {}
        self.setHorizontalSpacing(EDGE)
        self.setVerticalSpacing(GAP)
        self.setColumnStretch(1, 1)

    def section(self, title: str) -> None:
        """A line that names the rows after it."""
        label = Plain(title, role="heading")
        label.setContentsMargins(0, GAP, 0, 0)
        self.addWidget(label, self.rowCount(), 0, 1, 2)

    def choice(self, name: str, tip: str, items: Sequence[tuple[str, Any]] = (), *, label: str = "") -> QComboBox:
        """A list to choose from: texts with their values."""
        box = self.choices[name] = named(QComboBox(), label or name.replace("_", "-"), tip)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        self.fill(name, items)
        box.activated.connect(lambda place: self._change(name, box.itemData(place)))
        self._add(name, box, tip, label)
        return box

    def stepper(
        self, name: str, tip: str, steps: Sequence[int], *, most: int, automatic: bool = True, label: str = ""
    ) -> Stepper:
        """A slider with a box."""
        made = Stepper(name.replace("_", "-"), tip, steps, most=most, automatic=automatic)
        self.steppers[name] = made
        made.changed.connect(lambda value: self._change(name, value))
        self._add(name, made, tip, label)
        return made

    def factor(self, name: str, tip: str) -> Factor:
        """A factor from 1/8 to 8."""
        made = self.factors[name] = Factor(name, tip)
        made.changed.connect(lambda value: self._change(name, value))
        self._add(name, made, tip, "")
        return made

    def fill(self, name: str, items: Sequence[tuple[str, Any]]) -> None:
        """Put other items into a list, the chosen one kept where it is still there; the same ones change nothing."""
        if self._items.get(name) == list(items):
            return
        box = self.choices[name]
        self._items[name] = list(items)
        with QSignalBlocker(box):
            box.clear()
            for text, value in items:
                box.addItem(text, value)

    def show_choice(self, name: str, value: Any, text: str = "") -> None:
        """Show the item of a value; one that is not in the list is added at its end, as ``text`` or by its own name."""
        box, own = self.choices[name], len(self._items[name])
        place = next((place for place in range(box.count()) if box.itemData(place) == value), -1)
        with QSignalBlocker(box):
            if place < own and box.count() > own:
                # The one added for the value before.
                box.removeItem(own)
            if place < 0:
                box.addItem(text or shown(str(value)), value)
                place = own
            if box.currentIndex() != place:
                box.setCurrentIndex(place)

    def explain(self, name: str, reason: str) -> None:
        """Disable a knob for a reason; enable it for none."""
        self._labels[name].setEnabled(not reason)
        self._labels[name].setToolTip(tooltip(reason or self._tips[name]))
        control = self.steppers.get(name) or self.factors.get(name)
        if control is not None:
            control.explain(reason)
            return
        box = self.choices[name]
        box.setEnabled(not reason)
        box.setToolTip(tooltip(reason or self._tips[name]))
        box.setAccessibleDescription(reason or self._tips[name])

    def set_shown(self, name: str, wanted: bool) -> None:
        """Show or hide a row."""
        for part in (self._labels[name], self.choices.get(name) or self.steppers[name]):
            part.setVisible(wanted)

    def _add(self, name: str, control: QWidget, tip: str, label: str) -> None:
        place = self.rowCount()
        text = self._labels[name] = Plain(label or name)
        text.setToolTip(tooltip(tip))
        text.setBuddy(control)
        self._tips[name] = tip
        self.addWidget(text, place, 0)
        self.addWidget(control, place, 1)
