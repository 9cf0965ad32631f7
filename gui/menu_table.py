"""What stands in the menus."""

from __future__ import annotations

from gui.commands import Commands
from gui.menus import SEPARATOR, Choice, Entry, Line
from gui.state.view import Clock

_CLOCKS = (
    (Clock.RELATIVE, "From the first record"),
    (Clock.ABSOLUTE, "The trace's own clock"),
    (Clock.MARK, "From the newest mark"),
)
_THEMES = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))


def menus(do: Commands) -> list[tuple[str, tuple[Line, ...]]]:
    """Titles and lines of all menus."""
    return [
        ("&File", _file(do)),
        ("&Scenario", _scenario(do)),
        ("&View", _view(do)),
        ("&Go", _go(do)),
        ("&Panels", _panels(do)),
        ("&Help", _help(do)),
    ]


def _file(do: Commands) -> tuple[Line, ...]:
    return (
        Entry("open", "&Open…", do.files.open, ("Ctrl+O",), "Open trace files of any format that is read."),
        do.files.fill_recent,
        Entry("reload", "&Reload", do.files.reload, ("F5",), "Read the active file again."),
        SEPARATOR,
        Entry(
            "save-trace", "Save &trace as…", do.files.save_trace, ("Ctrl+S",), "Write the active trace in any format."
        ),
        Entry(
            "save-picture", "Save &picture as…", do.files.save_picture, ("Ctrl+E",), "Write what is seen as PNG or SVG."
        ),
        Entry(
            "save-rows", "Save &selection as CSV…", do.files.save_rows, ("Ctrl+Shift+S",), "Write the slices selected."
        ),
        Entry(
            "copy-figures",
            "&Copy figures",
            do.files.copy_figures,
            ("Ctrl+Shift+C",),
            "Put the figures on the clipboard.",
        ),
        SEPARATOR,
        Entry("close", "Close t&imeline", do.files.close_active, ("Ctrl+W",), "Close the active timeline."),
        Entry("quit", "&Quit", do.files.quit, ("Ctrl+Q",)),
    )


def _scenario(do: Commands) -> tuple[Line, ...]:
    return (
        Entry("simulate", "&Simulate", do.scenario.simulate, ("Ctrl+N",), "Show the scenario of the left panel."),
        Entry("run", "&Run", do.scenario.run, ("Ctrl+R",), "Run the scenario on its device, with its repeats."),
        Entry("pin", "&Pin as A, B, C…", do.scenario.pin, ("P",), "Keep this timeline to compare others with."),
        Entry("batch-1", "Batch &1", lambda: do.scenario.set_batch(1), ("1",), "One sample: nothing to hide behind."),
        Entry("batch-128", "Batch 12&8", lambda: do.scenario.set_batch(128), ("8",), "128 samples: copies hide."),
    )


def _view(do: Commands) -> tuple[Line, ...]:
    return (
        Entry("fit", "&Fit all", do.view.fit, ("F",), "See the whole timeline."),
        Entry(
            "zoom-selection", "Zoom to &selection", do.view.zoom_to_selection, ("Ctrl+Return",), "See what is selected."
        ),
        Entry("zoom-in", "Zoom &in", lambda: do.view.zoom(1.5), ("Ctrl++", "Ctrl+=")),
        Entry("zoom-out", "Zoom &out", lambda: do.view.zoom(1 / 1.5), ("Ctrl+-",)),
        Entry("undo", "&Undo zoom", do.view.undo, ("Alt+Left", "Ctrl+Z"), "Back to the view before."),
        Entry("redo", "&Redo zoom", do.view.redo, ("Alt+Right", "Ctrl+Shift+Z")),
        SEPARATOR,
        Choice("clock", "&Clock", _CLOCKS, do.view.clock, do.view.set_clock),
        Choice("theme", "&Theme", _THEMES, do.view.theme, do.view.set_theme),
        Entry("bigger", "&Larger interface", lambda: do.view.scale(1), ("Ctrl+Shift++", "Ctrl+Shift+=")),
        Entry("smaller", "S&maller interface", lambda: do.view.scale(-1), ("Ctrl+Shift+-",)),
        SEPARATOR,
        Entry("reset-lanes", "Reset la&nes", do.view.reset_lanes, (), "Show all lanes as they came."),
        Entry("full-screen", "F&ull screen", do.view.full_screen, ("F11",)),
    )


def _go(do: Commands) -> tuple[Line, ...]:
    return (
        Entry("search", "&Search…", do.places.search, ("/", "Ctrl+F"), "Find slices by name."),
        Entry("next-hit", "&Next hit", lambda: do.places.step_hit(1), ("F3",)),
        Entry("previous-hit", "&Previous hit", lambda: do.places.step_hit(-1), ("Shift+F3",)),
        SEPARATOR,
        Entry("go-time", "To &time…", do.places.go_to_time, ("G",), "Type two times, or nvtx:NAME."),
        Entry("mark", "Set &mark", do.places.mark, ("M",), "Mark the time in the middle, or what is selected."),
        Entry("next-mark", "Next m&ark", lambda: do.places.step_mark(1), ("]",)),
        Entry("previous-mark", "Previous ma&rk", lambda: do.places.step_mark(-1), ("[",)),
    )


def _panels(do: Commands) -> tuple[Line, ...]:
    return (do.help.fill_panels,)


def _help(do: Commands) -> tuple[Line, ...]:
    return (
        Entry("first-page", "&Batch 1 against batch 128", do.help.first_page, (), "The page of the first start."),
        Entry("keys", "&Keys and mouse", do.help.keys, ("F1", "?"), "What every key and gesture does."),
        Entry("about", "&About Lanescope", do.help.about),
    )
