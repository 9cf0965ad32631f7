"""Panels and explanations."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu

from gui import dialogs
from gui.commands.group import Group


class HelpCommands(Group):
    """Commands of the menus of panels and help."""

    def fill_panels(self, menu: QMenu) -> None:
        """A line for each panel, checked where it is open."""
        for name, dock in self._window.docks:
            action = dock.toggleViewAction()
            action.setObjectName(f"show-{name}")
            menu.addAction(action)

    def first_page(self) -> None:
        """Show the page of the first start."""
        self._window.show_first_page()

    def keys(self) -> None:
        """Say what keys and gestures do."""
        dialogs.show_keys(self._window)

    def about(self) -> None:
        """Say what this is, and its version."""
        dialogs.show_about(self._window)
