"""Starting the window: display, application, session, worker; then what was asked to be shown."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.display import require_display, require_qt
from gui.interrupts import Interrupts
from gui.workers.early import end_early, start_early
from gui.workers.process import WorkerProcess

if TYPE_CHECKING:
    from gui.application import Application


def run(
    *,
    traces: tuple[str, ...] = (),
    compare: bool = False,
    scenario: dict[str, Any] | None = None,
    size: tuple[int, int] | None = None,
    scale: float | None = None,
    theme: str | None = None,
    screenshot: Path | None = None,
    state: Path | None = None,
) -> int:
    """Open the window and stay until it is closed; the exit code.

    Parameters
    ----------
    traces : tuple of str
        Files to open, stacked in this order.
    compare : bool
        Give them letters and match their operations.
    scenario : dict, optional
        Knobs of `ScenarioState` to start from, for a simulated timeline.
    size : (int, int), optional
        Of the window, in pixels before ``scale``.
    scale : float, optional
        Device pixels for each pixel.
    theme : str, optional
        ``light``, ``dark`` or ``system``; this time only.
    screenshot, state : Path, optional
        Write these once everything is drawn, and end.

    Raises
    ------
    DeviceError
        There is no display, or Qt cannot be loaded.
    TraceReadError
        With ``screenshot`` or ``state``: a file could not be read.
    UsageError
        With ``screenshot`` or ``state``: a scenario could not be simulated.
    OutputError
        With ``screenshot`` or ``state``: they cannot be written.
    """
    require_display()
    interrupts = Interrupts()
    workers: list[WorkerProcess] = []
    application: Application | None = None
    messages = ExitStack()
    try:
        workers = start_early("open" if traces else "simulate")
        with _no_collections():
            messages.enter_context(_qt_messages())
            application = _application(workers, scale=scale, remembers=screenshot is None and state is None)
            if theme is not None:
                application.session.settings.wear(theme)
            interrupts.check()
            # Files are read while the window is built.
            application.start(traces, compare=compare, scenario=scenario or {})
            application.open_window(size)
        if application.remembers:
            return application.attend(interrupts)
        return application.write(screenshot, state, interrupts)
    finally:
        if application is not None:
            application.close()
        end_early(workers)
        interrupts.close()
        messages.close()


def _qt_messages() -> AbstractContextManager[None]:
    require_qt()
    # Imported late: a machine without Qt's libraries gets a message, not a traceback.
    from gui.qt_messages import without_noise

    return without_noise()


@contextmanager
def _no_collections() -> Iterator[None]:
    """Imports and a window in the making leave next to no garbage, and looking for it takes a tenth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _application(workers: list[WorkerProcess], *, scale: float | None, remembers: bool) -> Application:
    if scale is not None:
        os.environ["QT_SCALE_FACTOR"] = f"{scale:g}"
    # Imported late, as all that needs Qt.
    from gui.application import Application

    return Application(sys.argv[:1], remembers=remembers, workers=workers)
