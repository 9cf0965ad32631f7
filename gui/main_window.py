"""The main window: the timelines in the middle, panels around them, menus and keys; it keeps no state of its own."""

from __future__ import annotations

import base64
import os
from binascii import Error as NotBase64
from typing import Any

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QMenu, QStackedWidget, QWidget

from gui.commands import Commands
from gui.dock_buttons import wear
from gui.docks import Docks
from gui.dropping import FilesPassBy, holds_files
from gui.menu_table import menus
from gui.menus import fill_menu
from gui.panel_table import dock_specs, first_page
from gui.panels.status import add_status_pieces
from gui.parts import Parts
from gui.state.document import Document
from gui.timeline.canvas import Speaker
from gui.timeline.widget import TimelineWidget
from gui.watching import Watch
from profiler.report.escape import visible

_DEFAULT_SIZE = (1440, 860)
_SMALLEST = (900, 560)

#: What a window manager puts around a window, px.
_FRAME = 40

#: Changes when docks are renamed or moved, so that an older layout is not forced on a newer window.
_LAYOUT_VERSION = 1

#: The panels at the sides reach down to the status bar.
_CORNERS = (
    (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
    (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
)


class MainWindow(QMainWindow):
    """The window of a session."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self._parts = parts
        session = parts.session
        self.setAccessibleName("Lanescope")
        self.setWindowTitle("Lanescope")
        self.setMinimumSize(*_SMALLEST)
        self.setDockNestingEnabled(True)
        self.setAcceptDrops(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, _tabs_on_top())
        for corner, area in _CORNERS:
            self.setCorner(corner, area)
        self.timeline = TimelineWidget(session.workspace, session.view, session.selection, session.search)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.timeline)
        self._first_page: QWidget | None = None
        self._files = FilesPassBy(self)
        self.setCentralWidget(self._pages)
        self.commands = parts.commands = Commands(self, parts)
        self.docks = Docks(self, dock_specs(parts))
        for title, lines in menus(self.commands):
            fill_menu(self, self.menuBar().addMenu(title), lines)
        add_status_pieces(self.statusBar(), session.workspace, session.view, session.jobs, parts.opening.reload)
        self._size_docks()
        self._follow()
        self._show_page()

    def restore(self, size: tuple[int, int] | None, *, on_screen: bool) -> None:
        """Take the size asked for, else that and the layout of the last time, else a sensible one.

        A window that nobody will look at (``on_screen`` false) has the same size whatever screen there is.
        """
        if size is not None or not on_screen:
            self.resize(*(size or _DEFAULT_SIZE))
            return
        last = self._parts.session.settings.session
        if not self.restoreGeometry(_bytes(last.get("geometry"))):
            self._fit_screen()
        self.restoreState(_bytes(last.get("layout")), _LAYOUT_VERSION)
        self._wear_docks()

    def _fit_screen(self) -> None:
        """A sensible size that the screen has room for; a window of another's size would lose its right panels."""
        room = self.screen().availableGeometry()
        width, height = _DEFAULT_SIZE
        self.resize(min(width, room.width() - _FRAME), min(height, room.height() - _FRAME))
        place = room.center() - self.rect().center()
        self.move(max(place.x(), room.left()), max(place.y(), room.top()))

    def is_busy(self) -> bool:
        """Whether something that will be seen is still being computed or drawn."""
        return bool(self._parts.service.busy)

    def report(self) -> dict[str, Any]:
        """What is shown, as plain values: see `lanescope view --state`."""
        session, theme = self._parts.session, self._parts.themes.theme
        active = session.workspace.active
        colours = {
            name: getattr(theme, name) for name in ("background", "lane", "grid", "rule", "text", "muted", "exposed")
        }
        return {
            "scenario": session.scenario.to_json(),
            "documents": [_described(document) for document in session.workspace],
            "figures": active.figures if active is not None else None,
            "view_ns": list(session.view.shown),
            "measured_ns": list(session.view.measured) if session.view.measured else None,
            "lanes": self.timeline.lane_report(),
            "colours": {**colours, "paint": {paint.name.lower(): colour for paint, colour in theme.paint.items()}},
            "messages": [message.text for message in session.jobs.messages],
        }

    def show_first_page(self) -> None:
        """The page of the first start, also later from the help menu."""
        self._parts.session.settings.first_run = True
        self._show_page()

    def createPopupMenu(self) -> QMenu:
        """What a right click on the title of a panel opens: the lines of the menu of panels, in its order."""
        menu = QMenu(self)
        menu.setAccessibleName("panels menu")
        for name, dock in self.docks:
            action = self.findChild(QAction, f"show-{name}")
            action.setChecked(not dock.isHidden())
            menu.addAction(action)
        return menu

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files of this machine."""
        if holds_files(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open every file that is dropped."""
        event.acceptProposedAction()
        for url in event.mimeData().urls():
            if url.isLocalFile():
                self.commands.files.open_path(url.toLocalFile())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where everything stood."""
        session = self._parts.session.settings.session
        self._parts.session.settings.session = {
            **session,
            "geometry": _text(self.saveGeometry()),
            "layout": _text(self.saveState(_LAYOUT_VERSION)),
        }
        super().closeEvent(event)

    def _follow(self) -> None:
        session, watch = self._parts.session, Watch(self)
        workspace = session.workspace
        for signal in (workspace.added, workspace.removed, workspace.activated, workspace.redrawn):
            watch.on(signal, self._retitle)
        for signal in (workspace.added, workspace.removed, session.settings.events.first_run):
            watch.on(signal, self._show_page)
        watch.on(session.selection.events.area, self._area_was_dragged)
        self.timeline.canvas.picked.connect(self._speak)
        self._parts.themes.changed.connect(self._wear)
        for _, dock in self.docks:
            # Qt gives the buttons the style's icons again.
            dock.topLevelChanged.connect(self._wear_docks)
        self._wear()

    def _wear(self) -> None:
        self.timeline.set_theme(self._parts.themes.theme, self._parts.themes.scale)
        self._wear_docks()

    def _wear_docks(self) -> None:
        for _, dock in self.docks:
            wear(dock, self._parts.themes.theme)

    def _retitle(self) -> None:
        active = self._parts.session.workspace.active
        name = visible(active.title[:200]) if active is not None and active.title else ""
        # Qt takes the first for its sign of a changed file, and the second for this text.
        name = name.replace("[*]", "[*][*]")
        self.setWindowTitle(f"{name} – Lanescope" if name else "Lanescope")

    def _show_page(self) -> None:
        session = self._parts.session
        wanted = not len(session.workspace) or session.settings.first_run
        if wanted and self._first_page is None:
            self._first_page = first_page(self._parts)
            self._files.guard(self._first_page)
            self._pages.addWidget(self._first_page)
        elif not wanted and self._first_page is not None:
            # It simulates as long as it is there.
            self._pages.removeWidget(self._first_page)
            self._first_page.deleteLater()
            self._first_page = None
        self._pages.setCurrentWidget(self._first_page or self.timeline)

    def _area_was_dragged(self) -> None:
        if self._parts.session.selection.area is not None:
            self.docks.reveal("area")

    def _speak(self, speaker: Speaker) -> None:
        """Show what has more to tell; figures and details only take the place of each other."""
        other = {Speaker.DETAILS: Speaker.FIGURES, Speaker.FIGURES: Speaker.DETAILS}.get(speaker)
        if other is None or (self.docks.in_front(other.value) and not self.docks[speaker.value].isHidden()):
            self.docks.reveal(speaker.value)

    def _size_docks(self) -> None:
        sides = [self.docks["scenario"], self.docks["figures"]]
        self.resizeDocks(sides, [272, 324], Qt.Orientation.Horizontal)
        self.resizeDocks([self.docks["events"]], [220], Qt.Orientation.Vertical)


def _tabs_on_top() -> Any:
    from PySide6.QtWidgets import QTabWidget

    return QTabWidget.TabPosition.North


def _described(document: Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "kind": document.kind.value,
        "title": document.title,
        "path": os.fspath(document.path),
        "letter": document.letter,
        "status": document.status.value,
        "message": document.message,
        "slices": len(document.trace) if document.trace is not None else 0,
        "span_ns": document.span_ns,
        "figures": document.figures,
    }


def _text(data: QByteArray) -> str:
    return base64.b64encode(data.data()).decode("ascii")


def _bytes(text: object) -> QByteArray:
    """What a settings file says, however damaged: Qt checks what it is given."""
    if not isinstance(text, str):
        return QByteArray()
    try:
        return QByteArray(base64.b64decode(text, validate=True))
    except (NotBase64, ValueError):
        return QByteArray()
