"""What is seen, and how."""

from __future__ import annotations

from PySide6.QtCore import Qt

from gui.commands.group import Group
from gui.lane_filter import LaneFilter
from gui.state.view import Clock


class ViewCommands(Group):
    """Commands of the view menu."""

    def fit(self) -> None:
        """See everything."""
        self._session.view.fit()

    def zoom(self, factor: float) -> None:
        """Zoom about the middle."""
        start, end = self._session.view.shown
        self._session.view.zoom(factor, (start + end) // 2)

    def zoom_to_selection(self) -> None:
        """See the measured stretch, else the dragged area, else the selected slice."""
        stretch = self._selected_stretch()
        if stretch is not None:
            free = max((stretch[1] - stretch[0]) // 20, 1)
            self._session.view.show(stretch[0] - free, stretch[1] + free)

    def undo(self) -> None:
        """The view before."""
        self._session.view.undo()

    def redo(self) -> None:
        """The view that was undone."""
        self._session.view.redo()

    def clock(self) -> Clock:
        """From where the ruler counts."""
        return self._session.view.clock

    def set_clock(self, clock: object) -> None:
        """Let the ruler count from elsewhere."""
        self._session.view.clock = Clock(clock)

    def theme(self) -> str:
        """The theme chosen."""
        return self._session.settings.theme

    def set_theme(self, theme: object) -> None:
        """Choose a theme."""
        self._session.settings.theme = str(theme)

    def scale(self, steps: int) -> None:
        """Make the interface larger or smaller."""
        self._session.settings.bigger(steps)

    def filter_lanes(self) -> None:
        """Ask for a pattern of lane names and show only those, while it is typed."""
        document = self._with_trace()
        if document is not None:
            dialog = LaneFilter(document, self._window.timeline.canvas.stack.tree(document), self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def reset_lanes(self) -> None:
        """Show the lanes of the active timeline as they came."""
        document = self._active()
        if document is not None:
            document.lanes.reset()

    def full_screen(self) -> None:
        """Fill the screen, or go back."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()
