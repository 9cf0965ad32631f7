"""Files and texts dropped on the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPlainTextEdit,
)

from tests.gui.program.conftest import Start, settle
from tests.gui.program.hands import LIVE


@pytest.mark.parametrize("where", ["sql", "search", "scenario", "timeline"])
def test_a_file_dropped_anywhere_is_opened(start: Start, qtbot: Any, saved: Path, where: str) -> None:
    application = start(scenario=LIVE)
    window = application.window
    assert window is not None
    panel = window.timeline.canvas if where == "timeline" else window.docks.reveal(where)
    fields = [field.viewport() for field in panel.findChildren(QPlainTextEdit)] + panel.findChildren(QLineEdit)
    target = next((field for field in fields if field.isVisible()), panel)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(saved)), QUrl("https://example.org/x")])
    place, action = target.rect().center(), Qt.DropAction.CopyAction
    held = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    # As Qt does: a drag is offered to what is under it, then to what is around; a drop goes where it was taken.
    taker = target
    while taker is not None:
        enter = QDragEnterEvent(place, action, data, *held)
        enter.ignore()
        if taker.acceptDrops() and QApplication.sendEvent(taker, enter) and enter.isAccepted():
            break
        taker = taker.parentWidget()
    assert taker is window
    QApplication.sendEvent(window, QDropEvent(QPointF(place), action, data, *held))
    settle(application, qtbot)
    assert [document.path for document in application.session.workspace][1:] == [str(saved)]


def test_a_text_dropped_on_a_field_is_still_the_fields(start: Start) -> None:
    application = start(scenario=LIVE)
    assert application.window is not None
    editor = application.window.docks.reveal("sql").findChild(QPlainTextEdit)
    editor.clear()
    data = QMimeData()
    data.setText("select 1")
    point, held = editor.viewport().rect().center(), (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(editor.viewport(), QDragEnterEvent(point, Qt.DropAction.CopyAction, data, *held))
    QApplication.sendEvent(editor.viewport(), QDropEvent(QPointF(point), Qt.DropAction.CopyAction, data, *held))
    assert editor.toPlainText() == "select 1"
