"""The state that the real program writes: where things are is in pixels of the screen, whatever its scale."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtGui import QImage

from tests.helpers.patience import PATIENCE_S

pytestmark = pytest.mark.window

MAIN = "import sys; from profiler.cli import main; sys.exit(main())"
SCENARIO = ("--workload", "resnet50", "--precision", "int8", "--batch", "64")
VIEW = ("view", *SCENARIO, "--size", "1280x720", "--theme", "light")


def written(folder: Path, scale: str) -> tuple[dict[str, Any], QImage]:
    state, picture = folder / "state.json", folder / "window.png"
    command = [sys.executable, "-c", MAIN, *VIEW, "--scale", scale, "--state", str(state), "--screenshot", str(picture)]
    done = subprocess.run(
        command, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(state.read_text(encoding="utf-8")), QImage(str(picture))


@pytest.mark.parametrize("scale", ["1", "2"])
def test_lanes_and_widgets_are_where_the_picture_has_them(tmp_path: Path, scale: str) -> None:
    state, picture = written(tmp_path, scale)
    (canvas,) = [one["rect"] for one in state["widgets"] if one["name"] == "timeline lanes"]
    (window,) = [one["rect"] for one in state["widgets"] if one["name"] == "Lanescope"]
    assert [picture.width(), picture.height()] == window[2:] == [1280 * int(scale), 720 * int(scale)]
    ground = state["colours"]["background"].upper()
    assert len(state["lanes"]) > 3
    for lane in state["lanes"]:
        left, top, width, height = lane["rect"]
        assert canvas[0] <= left
        assert left + width == pytest.approx(canvas[0] + canvas[2], abs=1)
        assert canvas[1] <= top <= top + height <= canvas[1] + canvas[3]
        if height > 8:
            # The lane's ground runs over its whole height.
            x = round(left + width - 3 - window[0])
            tops = np.linspace(top + 2, top + height - 3, 5) - window[1]
            assert all(picture.pixelColor(x, round(y)).name().upper() != ground for y in tops), lane["name"]
