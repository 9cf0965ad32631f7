"""Whether a window can be opened here, asked before Qt is: Qt ends the whole process where it cannot."""

from __future__ import annotations

import ctypes
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Mapping

from profiler.errors import DeviceError

#: Platforms of Qt that need no screen.
_HEADLESS = ("offscreen", "minimal", "vnc")

#: Starts Qt, asks for its screens and does nothing else.
_TRIAL = "import sys; from PySide6.QtGui import QGuiApplication; sys.exit(not QGuiApplication(['lanescope']).screens())"
_TRIAL_S = 60

#: Libraries that Qt's X11 platform loads when it starts, and the Debian packages that bring them.
_X11_LIBRARIES = {
    "libxcb.so.1": "libxcb1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}

_REMEDY = (
    "Start it on a desktop or under 'xvfb-run', set QT_QPA_PLATFORM=offscreen for pictures, "
    "or use 'lanescope render', which needs no display."
)


def require_display(environment: Mapping[str, str] = os.environ) -> None:
    """Return if Qt will find a display.

    Raises
    ------
    DeviceError
        There is none, it does not answer, or libraries of the system that Qt needs are missing.
    """
    platform = environment.get("QT_QPA_PLATFORM", "").partition(":")[0].partition(";")[0]
    if not sys.platform.startswith("linux") or platform in _HEADLESS:
        return
    if platform.startswith("wayland") or (not platform and environment.get("WAYLAND_DISPLAY")):
        if _wayland_answers(environment):
            return
        if platform or not environment.get("DISPLAY"):
            raise DeviceError("Wayland's compositor does not answer", where="WAYLAND_DISPLAY", remedy=_REMEDY)
        # Qt goes on to X11 by itself.
    elif platform not in ("", "xcb"):
        _try(platform, environment)
        return
    display = environment.get("DISPLAY", "")
    if not display:
        raise DeviceError("there is no display to open a window on", where="DISPLAY", remedy=_REMEDY)
    _require_libraries()
    if not _answers(display):
        raise DeviceError(f"the display {display!r} does not answer", where="DISPLAY", remedy=_REMEDY)


def require_qt() -> None:
    """Return if Qt can be loaded.

    Raises
    ------
    DeviceError
        A library of the system that Qt's wheels expect is missing.
    """
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError as error:
        raise DeviceError(
            f"Qt cannot be loaded: {error}",
            remedy="On Debian or Ubuntu: sudo apt-get install -y libegl1 libgl1 libdbus-1-3 libfontconfig1 "
            "libxkbcommon0 libxcb-cursor0. Every verb but 'view' works without.",
        ) from error


def _require_libraries() -> None:
    missing = [package for library, package in _X11_LIBRARIES.items() if not _loads(library)]
    if missing:
        raise DeviceError(
            "libraries that Qt needs for a window are missing",
            remedy=f"On Debian or Ubuntu: sudo apt-get install -y {' '.join(missing)}",
        )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _try(platform: str, environment: Mapping[str, str]) -> None:
    """Let Qt start, in a process of its own, on a platform that is asked in no other way, such as a framebuffer."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _TRIAL], env=dict(environment), capture_output=True, timeout=_TRIAL_S, check=False
        )
        if done.returncode == 0:
            return
    except subprocess.TimeoutExpired:
        pass
    raise DeviceError(f"Qt cannot start on its platform {platform!r}", where="QT_QPA_PLATFORM", remedy=_REMEDY)


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    """Whether a compositor takes connections; one that was handed over is taken at its word."""
    if environment.get("WAYLAND_SOCKET"):
        return True
    place = os.path.join(environment.get("XDG_RUNTIME_DIR", ""), environment.get("WAYLAND_DISPLAY") or "wayland-0")
    try:
        with socket.socket(socket.AF_UNIX) as compositor:
            compositor.connect(place)
    except (OSError, ValueError):
        return False
    return True


def _answers(display: str) -> bool:
    """Whether the X server lets us in: a whole connection, so that a refused one counts as none."""
    xcb = ctypes.CDLL("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connect.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
    for function in (xcb.xcb_connection_has_error, xcb.xcb_disconnect):
        function.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(os.fsencode(display), None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return not failed
