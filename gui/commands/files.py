"""Opening, saving, closing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu

from gui.commands.group import Group
from gui.panels.dialogs import ask_save
from gui.panels.lane_numbers import lane_numbers
from gui.pictures import save_view
from gui.state.document import Document, Kind
from gui.state.jobs import Level
from profiler.report.escape import visible

_READ = "Traces (*.parquet *.json *.gz *.zst *.pftrace *.perfetto-trace *.sqlite *.nvvp *.nvprof *.csv);;All files (*)"
_WRITE = (
    "Lanescope (*.parquet);;Chrome JSON (*.json *.json.gz *.json.zst);;Perfetto (*.pftrace);;"
    "Nsight Systems SQLite (*.sqlite);;Table (*.csv)"
)
_PICTURES = "Picture (*.png);;Drawing (*.svg)"


class FileCommands(Group):
    """Commands of the file menu."""

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
        if document is not None:
            stem = Path(document.path or "timeline").name.split(".")[0]
            self._ask("Save trace", f"{stem}.parquet", _WRITE, lambda path: self._export(document, path))

    def save_picture(self) -> None:
        """Ask for a place and write exactly what the timelines show."""
        self._ask("Save picture", "timeline.png", _PICTURES, lambda path: self._guarded(lambda: self._picture(path)))

    def save_rows(self) -> None:
        """Ask for a place and write the slices of the area, of the measured stretch, or the selected one."""
        save = self._saving_selection()
        if save is None:
            words = "Nothing is selected: drag over a stretch of time, or click a slice."
            self._session.jobs.say(words, Level.WARNING)
        else:
            self._ask("Save slices", "slices.csv", "Table (*.csv)", save)

    def _saving_selection(self) -> Callable[[str], object] | None:
        """What writes the selection to a path; None where nothing is selected."""
        selection, find = self._session.selection, self._session.workspace.find
        area, measured, selected = selection.area, self._session.view.measured, selection.selected
        document = find(area.document) if area is not None else None
        if area is not None and document is not None:
            lanes = lane_numbers(document, area.lanes)
            return lambda path: self._export(document, path, stretch=area.stretch, lanes=lanes)
        document = self._active()
        if measured is not None and document is not None and document.trace is not None:
            return lambda path: self._export(document, path, stretch=measured)
        document = find(selected.document) if selected is not None else None
        if selected is not None and document is not None:
            return lambda path: self._export_slice(document, path, selected.row)
        return None

    def _export(self, document: Document, path: str, **more: Any) -> None:
        title = f"Saving {visible(path)}"
        self._parts.service.export(document, path, self._written, failed=self._failed, title=title, **more)

    def _export_slice(self, document: Document, path: str, row: int) -> None:
        title = f"Saving {visible(path)}"
        self._parts.service.export_rows(document, path, self._written, chosen=(row,), failed=self._failed, title=title)

    def _ask(self, title: str, name: str, filters: str, then: Callable[[str], object]) -> None:
        ask_save(self._window, title, filters, then, suggested=name, folder=self._folder())

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

    def _picture(self, path: str) -> None:
        save_view(self._window.timeline, Path(path))
        self._session.jobs.say(f"Saved {visible(path)}")

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self._session.settings.recent:
            text = visible(path).replace("&", "&&")
            menu.addAction(text).triggered.connect(lambda checked=False, path=path: self.open_recent(path))
        menu.setEnabled(not menu.isEmpty())

    def open_recent(self, path: str) -> None:
        """Open a file that was open before; one that is gone is told and leaves the list."""
        if os.path.isfile(path):
            self.open_path(path)
        else:
            self._session.settings.forget(path)
            self._session.jobs.say(f"{visible(path)} is not there any more.", Level.WARNING)

    def _folder(self) -> str:
        """Where the active file lies, else the one opened last; empty where there is none."""
        document = self._active()
        recent = [*([document.path] if document is not None and document.path else []), *self._session.settings.recent]
        return os.path.dirname(recent[0]) if recent else ""

    def _written(self, written: Any) -> None:
        slices = "1 slice" if written.slices == 1 else f"{written.slices:,} slices"
        self._session.jobs.say(f"Saved {slices} to {visible(str(written.path))}")
