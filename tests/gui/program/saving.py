"""A person at a dialog that asks where to save."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QFileDialog, QLineEdit, QMessageBox

from gui.application import Application


def asked(application: Application, qtbot: Any) -> QFileDialog:
    """The dialog that is open."""
    assert application.window is not None

    def shown() -> list[QFileDialog]:
        return [one for one in application.window.findChildren(QFileDialog) if one.isVisible()]

    qtbot.waitUntil(lambda: bool(shown()))
    (dialog,) = shown()
    return dialog


def choose_kind(dialog: QFileDialog, qtbot: Any, kind: str) -> None:
    """Pick a kind of file as a person does: in the list, by keys."""
    box = dialog.findChild(QComboBox, "fileTypeCombo")
    place = next(number for number in range(box.count()) if kind in box.itemText(number))
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    for _ in range(place):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    # The dialog acts when a line is chosen with the list open; without a screen there is no list to press.
    box.activated.emit(box.currentIndex())


def answer(
    application: Application, qtbot: Any, path: Path | None = None, *, replace: bool | None = None
) -> QFileDialog:
    """Paste a path, unless the suggested one is wanted, and press Save; ``replace`` answers what is asked of a file."""
    dialog = asked(application, qtbot)
    name = dialog.findChild(QLineEdit, "fileNameEdit")
    if path is not None:
        name.setCompleter(None)  # its list of names would lie over the button
        dialog.activateWindow()
        name.setFocus()
        qtbot.waitUntil(name.hasFocus)
        name.selectAll()
        QApplication.clipboard().setText(str(path))
        qtbot.keyClick(name, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: dialog.selectedFiles()[0].startswith(str(path)))
    questions: list[str] = []
    timer = QTimer(interval=50)
    timer.timeout.connect(lambda: _press(questions, replace=bool(replace)))
    timer.start()
    save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    timer.stop()
    assert len(questions) == (replace is not None), questions
    return dialog


def _press(questions: list[str], *, replace: bool) -> None:
    """Answer the question whether to replace a file."""
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        questions.append(box.text())
        button = QMessageBox.StandardButton.Yes if replace else QMessageBox.StandardButton.No
        box.button(button).click()
