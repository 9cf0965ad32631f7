"""Opening, saving, closing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QMenu

from gui.commands.group import Group
from gui.pictures import save_view
from gui.state.document import Kind
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

    def _picture(self, path: Path) -> None:

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
