"""Dialogs that do not stop the program while they are open."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_open(owner: QWidget, title: str, filters: str, then: Callable[[str], object]) -> QFileDialog:
    """Ask for a file to open; ``then`` gets its path."""
    dialog = _dialog(owner, title, filters, then)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()
    return dialog


def ask_save(owner: QWidget, title: str, filters: str, ending: str, then: Callable[[str], object]) -> QFileDialog:
    """Ask where to write a file; ``then`` gets its path, with ``ending`` where a person gave none."""
    dialog = _dialog(owner, title, filters, then)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(ending)
    dialog.open()
    return dialog


def _dialog(owner: QWidget, title: str, filters: str, then: Callable[[str], object]) -> QFileDialog:
    dialog = QFileDialog(owner, title)
    dialog.setNameFilter(filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: then(path))
    return dialog
