"""What menus and keys do. Each command goes through state, controllers or services; none paints or computes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu

from gui import dialogs
from gui.parts import Parts
from gui.state.document import Document, Kind
from gui.state.jobs import Level
from gui.state.view import Clock
from profiler.errors import LanescopeError
from profiler.report.escape import visible

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_READ = "Traces (*.parquet *.json *.gz *.zst *.pftrace *.perfetto-trace *.sqlite *.nvvp *.nvprof *.csv);;All files (*)"
_WRITE = (
    "Lanescope (*.parquet);;Chrome JSON (*.json *.json.gz *.json.zst);;Perfetto (*.pftrace);;"
    "Nsight Systems SQLite (*.sqlite);;Table (*.csv)"
)
_PICTURES = "Picture (*.png);;Drawing (*.svg)"


class Commands:
    """Commands of a window."""

    def __init__(self, window: MainWindow, parts: Parts) -> None:
        self._window, self._parts = window, parts
        self._session = parts.session

    # files

    def open(self) -> None:
        """Ask for trace files and open them."""
        paths, _ = QFileDialog.getOpenFileNames(self._window, "Open traces", self._folder(), _READ)
        for path in paths:
            self.open_path(path)

    def open_path(self, path: str) -> None:
        """Open a file below what is open, and see all of it."""
        self._session.settings.first_run = False
        self._session.settings.opened(path)
        self._parts.opening.open(path)

    def fill_recent(self, menu: QMenu) -> None:
        """The submenu of files opened before; those that are gone leave it when they are picked."""
        part = menu.addMenu("Open &recent")
        part.setObjectName("recent")
        part.aboutToShow.connect(lambda: self._list_recent(part))
        self._list_recent(part)

    def reload(self) -> None:
        """Read the active file again."""
        document = self._active()
        if document is not None and document.kind is Kind.FILE:
            self._parts.opening.reload(document)

    def save_trace(self) -> None:
        """Ask for a place and write the active trace there, in the format that the ending names."""
        document = self._with_trace()
        if document is None:
            return
        stem = Path(document.path or "timeline").name.split(".")[0]
        path, _ = QFileDialog.getSaveFileName(self._window, "Save trace", self._suggest(f"{stem}.parquet"), _WRITE)
        if path:
            self._parts.service.export(document, path, self._written, failed=self._failed, title=f"Saving {path}")

    def save_picture(self) -> None:
        """Ask for a place and write exactly what the timelines show."""
        path, _ = QFileDialog.getSaveFileName(self._window, "Save picture", self._suggest("timeline.png"), _PICTURES)
        if path:
            self._guarded(lambda: self._picture(Path(path)))

    def save_rows(self) -> None:
        """Ask for a place and write the slices of the area, of the measured stretch, or the selected one."""
        document = self._with_trace()
        if document is None:
            return
        path, _ = QFileDialog.getSaveFileName(self._window, "Save slices", self._suggest("slices.csv"), "Table (*.csv)")
        if not path:
            return
        service, selection = self._parts.service, self._session.selection
        if selection.area is not None or self._session.view.measured is not None:
            stretch = selection.area.stretch if selection.area is not None else self._session.view.measured
            service.export(document, path, self._written, stretch=stretch, failed=self._failed, title=f"Saving {path}")
        elif selection.selected is not None and selection.selected.document == document.id:
            chosen = (selection.selected.row,)
            service.export_rows(document, path, self._written, chosen=chosen, failed=self._failed)
        else:
            self._session.jobs.say("Nothing is selected: drag over a stretch of time, or click a slice.", Level.WARNING)

    def copy_figures(self) -> None:
        """Put the figures of the active timeline on the clipboard."""
        panel: Any = self._window.docks.reveal("figures")
        panel.copy_text()

    def close_active(self) -> None:
        """Close the active timeline."""
        document = self._active()
        if document is not None:
            self._session.workspace.remove(document)

    def quit(self) -> None:
        """Close the window."""
        self._window.close()

    # scenario

    def simulate(self) -> None:
        """Show the scenario of the left panel."""
        self._session.settings.first_run = False
        self._window.docks.reveal("scenario")
        self._parts.live.start()
        self._session.workspace.activate(self._parts.live.document)

    def run(self) -> None:
        """Run the scenario on its device."""
        self._session.settings.first_run = False
        self._parts.live.start()
        self._guarded(self._parts.live.run)

    def pin(self) -> None:
        """Keep the live timeline under the next letter."""
        if self._parts.live.document.timeline is not None:
            self._parts.live.pin()

    def set_batch(self, batch: int) -> None:
        """Move the batch slider."""
        self._session.scenario.batch = batch

    # view

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

    def reset_lanes(self) -> None:
        """Show the lanes of the active timeline as they came."""
        document = self._active()
        if document is not None:
            document.lanes.reset()

    def full_screen(self) -> None:
        """Fill the screen, or go back."""
        window = self._window
        window.showNormal() if window.isFullScreen() else window.showFullScreen()

    # places

    def search(self) -> None:
        """Put the keyboard into the search box."""
        self._window.docks.reveal("search", focus=True)

    def step_hit(self, by: int) -> None:
        """Go to the next or previous hit."""
        found = self._session.search.step(by)
        if found is not None:
            self._session.selection.selected = found
            self._window.timeline.reveal(found)

    def go_to_time(self) -> None:
        """Ask for a stretch of time and show it."""
        document = self._with_trace()
        if document is None:
            return
        label = "From and to, counted from the first record (1.5ms:2ms), or nvtx:NAME:"
        text, accepted = QInputDialog.getText(self._window, "Go to time", label)
        if accepted and text.strip():
            self._guarded(lambda: self._go_to(document, text.strip()))

    def mark(self) -> None:
        """Mark the start of what is selected, else the middle of what is seen."""
        view, stretch = self._session.view, self._selected_stretch()
        view.add_mark(stretch[0] if stretch is not None else sum(view.shown) // 2)
        self._session.jobs.say(f"Marked; {len(view.marks)} in the Notes panel.")

    def step_mark(self, by: int) -> None:
        """Go to the next or previous mark."""
        view = self._session.view
        middle = sum(view.shown) // 2
        after = [mark.at_ns for mark in view.marks if (mark.at_ns - middle) * by > 0]
        if after:
            at = min(after) if by > 0 else max(after)
            view.show(at - view.span_ns // 2, at - view.span_ns // 2 + view.span_ns)

    # panels and help

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

    # parts of the above

    def _active(self) -> Document | None:
        return self._session.workspace.active

    def _with_trace(self) -> Document | None:
        document = self._active()
        if document is None or document.trace is None:
            self._session.jobs.say("Nothing is open yet.", Level.WARNING)
            return None
        return document

    def _selected_stretch(self) -> tuple[int, int] | None:
        selection, view = self._session.selection, self._session.view
        if view.measured is not None:
            return view.measured
        if selection.area is not None:
            return selection.area.stretch
        found = selection.selected
        document = self._session.workspace.find(found.document) if found is not None else None
        if found is None or document is None or document.trace is None:
            return None
        start = int(document.trace.ts[found.row]) - document.origin_ns
        return start, start + max(int(document.trace.dur[found.row]), 1)

    def _go_to(self, document: Document, text: str) -> None:
        def show(bounds: tuple[int, int]) -> None:
            self._session.view.show(bounds[0], bounds[1])

        self._parts.service.window(document, text, show, failed=self._failed)

    def _picture(self, path: Path) -> None:
        from gui.pictures import save_view

        save_view(self._window.timeline, path)
        self._session.jobs.say(f"Saved {visible(str(path))}")

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self._session.settings.recent:
            text = visible(path).replace("&", "&&")
            menu.addAction(text).triggered.connect(lambda checked=False, path=path: self._open_recent(path))
        menu.setEnabled(not menu.isEmpty())

    def _open_recent(self, path: str) -> None:
        if os.path.isfile(path):
            self.open_path(path)
        else:
            self._session.settings.forget(path)
            self._session.jobs.say(f"{visible(path)} is not there any more.", Level.WARNING)

    def _folder(self) -> str:
        recent = self._session.settings.recent
        return os.path.dirname(recent[0]) if recent else ""

    def _suggest(self, name: str) -> str:
        return os.path.join(self._folder(), name)

    def _written(self, written: Any) -> None:
        self._session.jobs.say(f"Saved {visible(str(written.path))}")

    def _failed(self, failure: object) -> None:
        self._session.jobs.say(str(failure), Level.ERROR)

    def _guarded(self, call: Callable[[], object]) -> None:
        """Do something that can fail for reasons a person can mend."""
        try:
            call()
        except LanescopeError as error:
            self._session.jobs.say(str(error), Level.ERROR)
