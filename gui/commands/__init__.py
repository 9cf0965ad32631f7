"""What menus and keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.commands.files import FileCommands
from gui.commands.help import HelpCommands
from gui.commands.panels import PanelCommands
from gui.commands.places import PlaceCommands
from gui.commands.scenario import ScenarioCommands
from gui.commands.view import ViewCommands
from gui.parts import Parts

if TYPE_CHECKING:
    from gui.main_window import MainWindow


class Commands:
    """All commands of a window, by group."""

    def __init__(self, window: MainWindow, parts: Parts) -> None:
        self.files = FileCommands(window, parts)
        self.scenario = ScenarioCommands(window, parts)
        self.view = ViewCommands(window, parts)
        self.places = PlaceCommands(window, parts)
        self.panels = PanelCommands(window, parts)
        self.help = HelpCommands(window, parts)
