"""Dialogs that do not stop the program while they are open."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget


def ask_open(owner: QWidget, title: str, filters: str, then: Callable[[str], object]) -> QFileDialog:
    """Ask for a file to open; ``then`` gets its path."""
    dialog = _dialog(owner, title, filters, then)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()
    return dialog


def ask_save(
    owner: QWidget, title: str, filters: str, then: Callable[[str], object], *, suggested: str = "", folder: str = ""
) -> QFileDialog:
    """Ask where to write a file, in a folder that is there; ``then`` gets its path.

    A name without an ending gets that of the kind of file chosen, and choosing another kind changes the ending. Before
    a file is replaced there is a question.
    """
    dialog = _dialog(owner, title, filters, then)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(endings(dialog.selectedNameFilter())[0])
    dialog.filterSelected.connect(lambda chosen: _change_kind(dialog, chosen))
    if folder:
        dialog.setDirectory(folder)
    if suggested:
        dialog.selectFile(suggested)
    dialog.open()
    return dialog


def endings(name_filter: str) -> list[str]:
    """The endings in a filter such as ``Chrome JSON (*.json *.json.gz)``, without their dots; one at least."""
    return re.findall(r"\*\.([\w.-]+)", name_filter) or [""]


def _change_kind(dialog: QFileDialog, chosen: str) -> None:
    ending = endings(chosen)[0]
    dialog.setDefaultSuffix(ending)
    path, known = dialog.selectedFiles()[0], [one for kind in dialog.nameFilters() for one in endings(kind)]
    for other in sorted(known, key=len, reverse=True):
        if ending and path.lower().endswith(f".{other}"):
            dialog.selectFile(f"{path[: -len(other)]}{ending}")
            return


def _dialog(owner: QWidget, title: str, filters: str, then: Callable[[str], object]) -> QFileDialog:
    dialog = QFileDialog(owner, title)
    dialog.setNameFilter(filters)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: then(path))
    return dialog
