"""What a person would else wait for: panels imported and the simulator started while the window idles."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

from gui.workers.service import Service

#: Between two steps, ms: each takes some milliseconds, and the window must answer in between.
_PAUSE_MS = 40

#: Steps in a row that are left out while jobs run: a long one must not keep the simulator from being there.
_PATIENCE = 50

#: Loaded one by one in this order, so that none brings many others along.
MODULES = (
    "gui.panels.virtual_table",
    "gui.panels.table_model",
    "gui.panels.slice_cells",
    "gui.panels.events",
    "gui.panels.area",
    "gui.panels.search",
    "gui.panels.histogram",
    "gui.panels.notes",
    "profiler.io.sql.ready",
    "gui.panels.sql",
    "gui.panels.overview",
    "gui.panels.details",
    "gui.panels.comparison",
)


class Preparing(QObject):
    """Goes on a step whenever no job runs, and now and then while one does, until all is there.

    Parameters
    ----------
    service : Service
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        # What is there stays: a collection need not walk over it again, which takes long in the middle of a drag.
        gc.freeze()
        self._service = service
        self._skipped = 0
        self._steps = self._all()
        self._timer = QTimer(self, interval=_PAUSE_MS)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    @property
    def done(self) -> bool:
        """Whether all is there."""
        return not self._timer.isActive()

    def close(self) -> None:
        """Prepare no more. Safe to call twice."""
        self._timer.stop()

    def _step(self) -> None:
        if self._service.busy and self._skipped < _PATIENCE:
            self._skipped += 1
            return
        self._skipped = 0
        if next(self._steps, self) is self:
            self._timer.stop()

    def _all(self) -> Iterator[None]:
        self._service.warm("simulate")
        yield
        for name in MODULES:
            importlib.import_module(name)
            yield
        gc.freeze()
