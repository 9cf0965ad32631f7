"""Panels: shown, put away."""

from __future__ import annotations

from collections.abc import Iterator

from gui.commands.group import Group


class PanelCommands(Group):
    """Commands of the menu of panels."""

    def titles(self) -> Iterator[tuple[str, str]]:
        """Name and title of every panel."""
        for name, dock in self._window.docks:
            yield name, dock.windowTitle()

    def toggle(self, name: str) -> None:
        """Bring a panel to the front, or put it away where it is there already."""
        self._window.docks.toggle(name)

    def is_open(self, name: str) -> bool:
        """Whether a panel is open, be it behind the tab of another."""
        return not self._window.docks[name].isHidden()
