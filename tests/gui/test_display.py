"""Is there a display? Asked before Qt is, which would end the process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gui.display import require_display
from profiler.errors import DeviceError
from tests.helpers.patience import PATIENCE_S


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "offscreen:size=10x10"])
def test_platforms_without_a_screen_need_none(platform: str) -> None:
    require_display({"QT_QPA_PLATFORM": platform})


def test_no_display_is_said_with_three_ways_out() -> None:
    with pytest.raises(DeviceError) as caught:
        require_display({})
    assert caught.value.exit_code == 4
    for way in ("xvfb-run", "offscreen", "lanescope render"):
        assert way in str(caught.value)


def test_a_display_that_does_not_answer_is_named() -> None:
    with pytest.raises(DeviceError, match=":9876"):
        require_display({"DISPLAY": ":9876"})


def test_a_compositor_that_does_not_answer_is_none(tmp_path: Path) -> None:
    wayland = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}
    for more in ({}, {"QT_QPA_PLATFORM": "wayland", "DISPLAY": ":0"}, {"QT_QPA_PLATFORM": "wayland-egl"}):
        with pytest.raises(DeviceError, match="Wayland") as caught:
            require_display({**wayland, **more})
        assert caught.value.exit_code == 4
    # Qt would go on to X11.
    with pytest.raises(DeviceError, match=":9876"):
        require_display({**wayland, "DISPLAY": ":9876"})
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(tmp_path / "wayland-7"))
        compositor.listen()
        require_display(wayland)
        require_display({"WAYLAND_DISPLAY": str(tmp_path / "wayland-7")})
    require_display({"WAYLAND_SOCKET": "5", "QT_QPA_PLATFORM": "wayland"})


@pytest.mark.parametrize("platform", ["no-such-platform", "eglfs", "linuxfb:fb=/dev/no-such-buffer"])
def test_a_platform_that_qt_cannot_start_on_is_named(platform: str) -> None:
    with pytest.raises(DeviceError, match=platform.partition(":")[0]) as caught:
        require_display({**os.environ, "QT_QPA_PLATFORM": platform})
    assert caught.value.where == "QT_QPA_PLATFORM"


def test_the_verb_ends_with_4_and_one_line() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    result = subprocess.run(
        [sys.executable, "-c", "import sys; from profiler.cli import main; sys.exit(main())", "view"],
        env=environment, capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert result.returncode == 4
    assert result.stdout == ""
    assert result.stderr.startswith("lanescope: error: DISPLAY:")
    assert result.stderr.count("\n") == 1
