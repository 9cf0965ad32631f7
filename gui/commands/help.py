"""Explanations."""

from __future__ import annotations

from gui import dialogs
from gui.commands.group import Group


class HelpCommands(Group):
    """Commands of the help menu."""

    def first_page(self) -> None:
        """Show the page of the first start."""
        self._window.show_first_page()

    def keys(self) -> None:
        """Say what keys and gestures do."""
        dialogs.show_keys(self._window)

    def about(self) -> None:
        """Say what this is, and its version."""
        dialogs.show_about(self._window)
