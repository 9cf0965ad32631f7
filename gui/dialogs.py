"""The dialogs that explain: keys and gestures, and what this program is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

import profiler

#: What a person does, and what happens.
KEYS = (
    ("W  S", "closer, farther, at the pointer"),
    ("A  D", "earlier, later"),
    ("wheel", "closer, farther, at the pointer"),
    ("Shift+wheel", "earlier, later"),
    ("wheel over lane names", "up, down"),
    ("F", "everything"),
    ("drag", "measure a stretch of time; the figures speak of it"),
    ("Shift+drag", "select an area over lanes; the table speaks of it"),
    ("middle button, Space+drag", "move"),
    ("click", "select a slice; its launch and its waits show as arrows"),
    ("right click", "what there is to do with a slice, a lane, a timeline"),
    ("double click", "zoom to a slice"),
    ("← →", "slice before, slice after, on the same lane"),
    ("↑ ↓  PgUp PgDn", "scroll the lanes"),
    ("Home End", "the beginning, the end"),
    ("Enter", "zoom to what is selected or measured"),
    ("Backspace, Alt+←", "the view before; with Shift, or Alt+→, the one after"),
    ("M", "mark the start of what is selected, else the time at the pointer"),
    ("[  ]", "mark before, mark after"),
    ("/", "search; F3 and Shift+F3 step through the hits"),
    ("G", "go to a time or a range"),
    ("Ctrl+L", "show only lanes whose name a regular expression finds"),
    ("P", "keep the timeline as A, B, C"),
    ("1  8", "batch 1, batch 128"),
    ("Ctrl+1 … Ctrl+0", "a panel to the front, or away; the Panels menu says which"),
    ("Esc", "let go of what is selected or measured"),
)


def show_keys(parent: QWidget) -> QDialog:
    """Open the list of keys and gestures."""
    content = QWidget()
    grid = QGridLayout(content)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(6)
    for row, (keys, effect) in enumerate(KEYS):
        left, right = QLabel(keys), QLabel(effect)
        for label in (left, right):
            label.setTextFormat(Qt.TextFormat.PlainText)
        font = left.font()
        font.setBold(True)
        left.setFont(font)
        grid.addWidget(left, row, 0)
        grid.addWidget(right, row, 1)
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setMinimumSize(content.sizeHint().width() + 32, min(content.sizeHint().height() + 8, 520))
    return _open(parent, "Keys and mouse", area)


def show_about(parent: QWidget) -> QDialog:
    """Open what this program is, and its version."""
    text = QLabel(
        f"Lanescope {profiler.__version__}\n\n"
        "Says whether a GPU pipeline's transfers are hidden behind compute, why not, and what would hide them.\n\n"
        "Timelines of a simulated GPU are predictions; the scenario's device says which it is."
    )
    text.setTextFormat(Qt.TextFormat.PlainText)
    text.setWordWrap(True)
    text.setMinimumWidth(420)
    return _open(parent, "About Lanescope", text)


def _open(parent: QWidget, title: str, content: QWidget) -> QDialog:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    dialog.setAccessibleName(title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(content)
    layout.addWidget(buttons)
    dialog.open()
    return dialog
