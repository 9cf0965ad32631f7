"""What stands in the menus."""

from __future__ import annotations

from functools import partial

from gui.commands import Commands
from gui.commands.files import FileCommands
from gui.commands.help import HelpCommands
from gui.commands.panels import PanelCommands
from gui.commands.places import PlaceCommands
from gui.commands.scenario import ScenarioCommands
from gui.commands.view import ViewCommands
from gui.menus import SEPARATOR, Choice, Entry, Line
from gui.state.times import CLOCK_NAMES

_CLOCKS = tuple((clock, name[0].upper() + name[1:]) for clock, name in CLOCK_NAMES.items())
#: In the order in which the panels stand.
_PANEL_KEYS = {
    "scenario": "Ctrl+1",
    "figures": "Ctrl+2",
    "details": "Ctrl+3",
    "comparison": "Ctrl+4",
    "events": "Ctrl+5",
    "area": "Ctrl+6",
    "search": "Ctrl+7",
    "histogram": "Ctrl+8",
    "sql": "Ctrl+9",
    "notes": "Ctrl+0",
    "overview": "Ctrl+Shift+0",
}
_THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))


def menus(commands: Commands) -> list[tuple[str, tuple[Line, ...]]]:
    """Titles and lines of all menus."""
    return [
        ("&File", _file(commands.files)),
        ("&Scenario", _scenario(commands.scenario)),
        ("&View", _view(commands.view)),
        ("&Go", _go(commands.places)),
        ("&Panels", _panels(commands.panels)),
        ("&Help", _help(commands.help)),
    ]


def _file(do: FileCommands) -> tuple[Line, ...]:
    return (
        Entry("open", "&Open…", do.open, ("Ctrl+O",), "Open trace files of any format that is read."),
        do.fill_recent,
        Entry("reload", "&Reload", do.reload, ("F5",), "Read the active file again."),
        SEPARATOR,
        Entry("save-trace", "Save &trace as…", do.save_trace, ("Ctrl+S",), "Write the active trace in any format."),
        Entry("save-picture", "Save &picture as…", do.save_picture, ("Ctrl+E",), "Write what is seen as PNG or SVG."),
        Entry("save-rows", "Save &selection as CSV…", do.save_rows, ("Ctrl+Shift+S",), "Write the slices selected."),
        Entry(
            "copy-figures",
            "&Copy figures",
            do.copy_figures,
            ("Ctrl+Shift+C",),
            "Put the figures on the clipboard.",
        ),
        SEPARATOR,
        Entry("close", "Close t&imeline", do.close_active, ("Ctrl+W",), "Close the active timeline."),
        Entry("quit", "&Quit", do.quit, ("Ctrl+Q",)),
    )


def _scenario(do: ScenarioCommands) -> tuple[Line, ...]:
    return (
        Entry("simulate", "&Simulate", do.simulate, ("Ctrl+N",), "Show the scenario of the left panel."),
        Entry("run", "&Run", do.run, ("Ctrl+R",), "Run the scenario on its device, with its repeats."),
        Entry("pin", "&Pin as A, B, C…", do.pin, ("P",), "Keep this timeline to compare others with."),
        Entry("batch-1", "Batch &1", lambda: do.set_batch(1), ("1",), "One sample: nothing to hide behind."),
        Entry("batch-128", "Batch 12&8", lambda: do.set_batch(128), ("8",), "128 samples: copies hide."),
    )


def _view(do: ViewCommands) -> tuple[Line, ...]:
    return (
        Entry("fit", "&Fit all", do.fit, ("F",), "See the whole timeline."),
        Entry("zoom-selection", "Zoom to &selection", do.zoom_to_selection, ("Ctrl+Return",), "See what is selected."),
        Entry("zoom-in", "Zoom &in", lambda: do.zoom(1.5), ("Ctrl++", "Ctrl+=")),
        Entry("zoom-out", "Zoom &out", lambda: do.zoom(1 / 1.5), ("Ctrl+-",)),
        Entry("undo", "&Undo zoom", do.undo, ("Alt+Left", "Ctrl+Z"), "Back to the view before."),
        Entry("redo", "&Redo zoom", do.redo, ("Alt+Right", "Ctrl+Shift+Z")),
        SEPARATOR,
        Choice("clock", "&Clock", _CLOCKS, do.clock, do.set_clock),
        Choice("theme", "&Theme", _THEMES, do.theme, do.set_theme),
        Entry("bigger", "Lar&ger interface", lambda: do.scale(1), ("Ctrl+Alt++", "Ctrl+Alt+=")),
        Entry("smaller", "S&maller interface", lambda: do.scale(-1), ("Ctrl+Alt+-",)),
        SEPARATOR,
        Entry("filter-lanes", "Filter &lanes…", do.filter_lanes, ("Ctrl+L",), "Show only lanes of some names."),
        Entry("reset-lanes", "Reset la&nes", do.reset_lanes, (), "Show all lanes as they came."),
        Entry("full-screen", "F&ull screen", do.full_screen, ("F11",)),
    )


def _go(do: PlaceCommands) -> tuple[Line, ...]:
    return (
        Entry("search", "&Search…", do.search, ("/", "Ctrl+F"), "Find slices by name."),
        Entry("next-hit", "&Next hit", lambda: do.step_hit(1), ("F3",)),
        Entry("previous-hit", "&Previous hit", lambda: do.step_hit(-1), ("Shift+F3",)),
        SEPARATOR,
        Entry("go-time", "To &time…", do.go_to_time, ("G",), "Type two times, or nvtx:NAME."),
        Entry("mark", "Set &mark", do.mark, ("M",), "Mark what is selected, else the time at the pointer."),
        Entry("next-mark", "Next m&ark", lambda: do.step_mark(1), ("]",)),
        Entry("previous-mark", "Previous ma&rk", lambda: do.step_mark(-1), ("[",)),
    )


def _panels(do: PanelCommands) -> tuple[Line, ...]:
    return tuple(
        Entry(
            f"show-{name}",
            title,
            partial(do.toggle, name),
            (_PANEL_KEYS[name],),
            f"Bring the panel {title} to the front, or put it away.",
            partial(do.is_open, name),
        )
        for name, title in do.titles()
    )


def _help(do: HelpCommands) -> tuple[Line, ...]:
    return (
        Entry("first-page", "&Batch 1 against batch 128", do.first_page, (), "The page of the first start."),
        Entry("keys", "&Keys and mouse", do.keys, ("F1", "?"), "What every key and gesture does."),
        Entry("about", "&About Lanescope", do.about),
    )
