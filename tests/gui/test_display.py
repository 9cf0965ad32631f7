"""Is there a display? Asked before Qt is, which would end the process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from gui.display import require_display
from profiler.errors import DeviceError


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


def test_the_verb_ends_with_4_and_one_line() -> None:
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    result = subprocess.run(
        [sys.executable, "-c", "import sys; from profiler.cli import main; sys.exit(main())", "view"],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 4
    assert result.stdout == ""
    assert result.stderr.startswith("lanescope: error: DISPLAY:")
    assert result.stderr.count("\n") == 1
