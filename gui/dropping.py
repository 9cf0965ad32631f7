"""Files that are dropped anywhere on the window are opened: fields for text do not take their names instead."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

_DRAGS = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)


def holds_files(event: QDropEvent) -> bool:
    """Whether files of this machine are being dragged."""
    return any(url.isLocalFile() for url in event.mimeData().urls())


class FilesPassBy(QObject):
    """Lets fields for text decline files, so that Qt offers them to the window around."""

    def guard(self, content: QWidget) -> None:
        """Watch over the fields inside ``content``."""
        for field in content.findChildren(QLineEdit):
            field.installEventFilter(self)
        for editor in content.findChildren(QPlainTextEdit):
            editor.viewport().installEventFilter(self)
            editor.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether files were passed by."""
        if event.type() in _DRAGS and isinstance(event, QDropEvent) and holds_files(event):
            event.ignore()
            return True
        return super().eventFilter(watched, event)
