"""A screen without a screen: Xvfb with a small window manager, a hand on its mouse and keyboard, and its pixels."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.helpers.patience import PATIENCE_S

TOOLS = ("Xvfb", "xdotool", "openbox")

Pixels = npt.NDArray[np.uint8]

_GRAB = """
import sys
from PySide6.QtGui import QGuiApplication, QImage
app = QGuiApplication(sys.argv)
image = app.primaryScreen().grabWindow(0).toImage().convertToFormat(QImage.Format.Format_RGBA8888)
sys.exit(not image.save(sys.argv[1], "PNG"))
"""


@dataclass(frozen=True)
class Screen:
    """A running X server.

    Attributes
    ----------
    environment : dict
        For programs that show windows on it.
    folder : Path
        For pictures of it.
    """

    environment: dict[str, str]
    folder: Path

    def hand(self, *words: object) -> str:
        """What ``xdotool`` prints for these words."""
        command = ["xdotool", *map(str, words)]
        return subprocess.run(
            command, env=self.environment, check=True, capture_output=True, text=True, timeout=PATIENCE_S
        ).stdout.strip()

    def windows(self, title: str) -> list[str]:
        """Numbers of the windows in sight whose title holds this."""
        try:
            return self.hand("search", "--onlyvisible", "--name", title).split()
        except subprocess.CalledProcessError:
            return []

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 12) -> None:
        """Press at ``start``, move to ``end`` in steps as a hand does, let go."""
        self.hand("mousemove", *start)
        self.hand("mousedown", 1)
        for step in range(1, steps + 1):
            x, y = (round(a + (b - a) * step / steps) for a, b in zip(start, end, strict=True))
            self.hand("mousemove", x, y)
            time.sleep(0.02)
        self.hand("mouseup", 1)

    def pixels(self, name: str = "screen") -> Pixels:
        """Red, green and blue of the whole screen, shape (height, width, 3); kept as NAME.png."""
        from PySide6.QtGui import QImage

        path = self.folder / f"{name}.png"
        subprocess.run([sys.executable, "-c", _GRAB, str(path)], env=self.environment, check=True, timeout=PATIENCE_S)
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGBA8888)
        flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return flat[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].copy()


@contextmanager
def screen(folder: Path, size: tuple[int, int] = (1280, 720)) -> Iterator[Screen]:
    """A screen of this size while the block runs; programs started on it must have ended by then."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        message = f"no virtual display: {', '.join(missing)} missing (scripts/bootstrap.sh installs them)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size[0]}x{size[1]}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            display = f":{pipe.readline().strip()}"
        home = folder / "home"
        home.mkdir(exist_ok=True)
        environment = {**os.environ, "DISPLAY": display, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
        for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY", "QT_SCALE_FACTOR"):
            environment.pop(name, None)
        with _running(["openbox"], environment):
            yield Screen(environment, folder)
    finally:
        server.terminate()
        server.wait(PATIENCE_S)


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def program(on: Screen, *words: object) -> Iterator[subprocess.Popen[bytes]]:
    """``lanescope`` with these words, running on a screen while the block runs, ended by a signal after it."""
    code = "import sys; from profiler.cli import main; sys.exit(main(sys.argv[1:]))"
    with _running([sys.executable, "-c", code, *map(str, words)], on.environment) as process:
        yield process


def read_state(on: Screen, *words: object) -> dict[str, Any]:
    """What the window says of itself when it is opened, with these words, where the one under test will be."""
    path = on.folder / "state.json"
    with program(on, *words, "--state", path) as process:
        assert process.wait(PATIENCE_S) == 0
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def rect_of(state: dict[str, Any], name: str) -> tuple[int, int, int, int]:
    """Left, top, width and height of the one widget of this name, pixels of the screen."""
    found = [widget["rect"] for widget in state["widgets"] if widget["name"] == name]
    assert len(found) == 1, f"{name}: {found}"
    return tuple(found[0])
