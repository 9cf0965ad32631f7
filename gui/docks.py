"""The panels around the timeline: where they stand, and that each is built only when it is first seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDockWidget, QFrame, QMainWindow, QVBoxLayout, QWidget

from gui.dropping import FilesPassBy

Build = Callable[[], QWidget]


@dataclass(frozen=True, slots=True)
class DockSpec:
    """A panel: its stable name, title, place and how it is made.

    ``with_tabs_of`` names the panel it shares its place with, as a tab behind it. ``open`` is whether it is there in
    a new window; those that are there with others as tabs stay, and need no title beside their tab.
    """

    name: str
    title: str
    area: Qt.DockWidgetArea
    build: Build
    with_tabs_of: str = ""
    open: bool = True


class LazyPanel(QFrame):
    """Holds the place of a panel until it is first seen, so that a window starts without building what it hides.

    Parameters
    ----------
    build : callable
    behind : bool
        Whether it begins behind the tab of another panel.
    """

    def __init__(self, build: Build, *, behind: bool) -> None:
        super().__init__()
        self._build: Build | None = build
        self._behind = behind
        self.panel: QWidget | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)

    def made(self) -> QWidget:
        """The panel, built now if it was not yet."""
        if self._build is not None:
            build, self._build = self._build, None
            self.panel = build()
            FilesPassBy(self).guard(self.panel)
            self.layout().addWidget(self.panel)
            self.setFocusProxy(self.panel)
        assert self.panel is not None
        return self.panel

    def showEvent(self, event: QShowEvent) -> None:
        """Build the panel the first time it is seen."""
        if self._behind:
            self.look_soon()
        else:
            self.made()
        super().showEvent(event)

    def look_soon(self) -> None:
        """Build the panel if it is seen once everything has found its place: what lies behind a tab is shown too."""
        if self._build is not None:
            QTimer.singleShot(0, self, self._look)

    def _look(self) -> None:
        if not self.visibleRegion().isEmpty():
            self.made()


class Docks(QObject):
    """The panels of a window by name.

    Parameters
    ----------
    window : QMainWindow
    specs : sequence of DockSpec
        In the order in which they are added; those that are tabs of another come after it.
    """

    def __init__(self, window: QMainWindow, specs: Sequence[DockSpec]) -> None:
        super().__init__(window)
        self._docks: dict[str, QDockWidget] = {}
        fixed = [spec for spec in specs if spec.open and spec.with_tabs_of]
        grouped = {spec.with_tabs_of for spec in fixed} | {spec.name for spec in fixed}
        for spec in specs:
            self._docks[spec.name] = dock = self._make(window, spec)
            if spec.name in grouped:
                # Its tab says the name already.
                dock.setTitleBarWidget(QWidget())
            window.addDockWidget(spec.area, dock)
            if spec.with_tabs_of:
                window.tabifyDockWidget(self._docks[spec.with_tabs_of], dock)
            dock.setVisible(spec.open)
        for name in {spec.with_tabs_of for spec in specs} - {""}:
            self._docks[name].raise_()

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def __iter__(self) -> Iterator[tuple[str, QDockWidget]]:
        return iter(self._docks.items())

    def panel(self, name: str) -> QWidget:
        """A panel, built now if it was not yet."""
        holder = self._docks[name].widget()
        assert isinstance(holder, LazyPanel)
        return holder.made()

    def reveal(self, name: str, *, focus: bool = False) -> QWidget:
        """Open a panel, bring it before its tabs, and give it the keyboard if asked."""
        dock = self._docks[name]
        dock.show()
        dock.raise_()
        panel = self.panel(name)
        if focus:
            panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
        return panel

    def in_front(self, name: str) -> bool:
        """Whether a panel can be seen: open, and not behind the tab of another."""
        dock = self._docks[name]
        return dock.isVisible() and not dock.visibleRegion().isEmpty()

    def toggle(self, name: str) -> None:
        """Bring a panel before its tabs with the keyboard in it; put it away where it is there already."""
        if self.in_front(name):
            self._docks[name].close()
        else:
            self.reveal(name, focus=True)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A panel that is closed gives the keyboard back to the window."""
        if event.type() == QEvent.Type.Close and isinstance(watched, QDockWidget):
            watched.parentWidget().setFocus()
        return False

    def _make(self, window: QMainWindow, spec: DockSpec) -> QDockWidget:
        dock = QDockWidget(spec.title, window)
        dock.setObjectName(f"dock-{spec.name}")
        dock.setAccessibleName(f"{spec.name} panel")
        holder = LazyPanel(spec.build, behind=bool(spec.with_tabs_of))
        dock.setWidget(holder)
        dock.visibilityChanged.connect(holder.look_soon)
        dock.installEventFilter(self)
        return dock
