"""Starting the window: display, application, session, worker; then what was asked to be shown."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from gui.display import require_display, require_qt


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
    OutputError
        With ``screenshot`` or ``state``: they cannot be written.
    """
    require_display()
    require_qt()
    if scale is not None:
        os.environ["QT_SCALE_FACTOR"] = f"{scale:g}"
    # Imported late: a machine without Qt's libraries gets a message, not a traceback.
    from gui.application import Application

    unattended = screenshot is not None or state is not None
    application = Application(sys.argv[:1], remembers=not unattended)
    if theme is not None:
        application.session.settings.theme = theme
    application.open_window(size)
    application.start(traces, compare=compare, scenario=scenario or {})
    return application.attend() if not unattended else application.write(screenshot, state)
