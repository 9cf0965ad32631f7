"""The real program under a window manager: a hand moves the batch slider, and exposed copies shrink on the screen."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.patience import PATIENCE_S, eventually
from tests.helpers.screen import Pixels, program, read_state, rect_of, screen

pytestmark = pytest.mark.window

SIZE = (1280, 720)
START = ("view", "--workload", "resnet50", "--precision", "int8", "--strategy", "depth-first", "--batch", 1,
         "--size", "1280x690", "--theme", "light")  # fmt: skip


def colour(state: dict[str, Any], *keys: str) -> np.ndarray:
    value = state["colours"]
    for key in keys:
        value = value[key]
    return np.array([int(value[place : place + 2], 16) for place in (1, 3, 5)])


def near(pixels: Pixels, wanted: np.ndarray) -> np.ndarray:
    return np.abs(pixels.astype(int) - wanted).max(axis=2) <= 8


def copy_strip(state: dict[str, Any], pixels: Pixels) -> Pixels:
    """The pixels of the lane of copies in."""
    lane = next(lane for lane in state["lanes"] if lane["name"] == "HtoD")
    left, top, width, height = map(round, lane["rect"])
    return pixels[top : top + height, left : left + width]


def shares(state: dict[str, Any], pixels: Pixels) -> tuple[float, float]:
    """Shares of the copy lane's drawn length that are outlined as exposed, and that are a copy at all, by column."""
    strip = copy_strip(state, pixels)
    exposed = near(strip, colour(state, "exposed")).any(axis=0)
    copies = near(strip, colour(state, "paint", "htod")).any(axis=0) | exposed
    drawn = max(int(copies.sum()), 1)
    top_edge = near(strip, colour(state, "exposed"))[: len(strip) // 3].any(axis=0)
    return float(top_edge.sum()) / drawn, float(copies.sum())


def test_moving_the_batch_slider_hides_the_copies(tmp_path: Path) -> None:
    with screen(tmp_path, SIZE) as on:
        state = read_state(on, *START)
        left, top, width, height = rect_of(state, "batch")
        with program(on, *START):
            window = {}

            def drawn() -> bool:
                window["pixels"] = on.pixels("before")
                return shares(state, window["pixels"])[1] > 5

            eventually(drawn, "a copy is drawn")
            before, _ = shares(state, window["pixels"])
            assert before > 0.8, "a single image has nothing to hide its copy behind"

            middle = top + height // 2
            on.drag((left + 8, middle), (left + width - 12, middle))

            def hidden() -> bool:
                return shares(state, on.pixels("after"))[0] < 0.5

            eventually(hidden, "most of the copies' length is hidden")
            time.sleep(0.3)
            after, length = shares(state, on.pixels("after"))
            assert length > 50
            assert after < 0.5


def test_keys_move_the_view_and_a_closed_window_ends_the_program(tmp_path: Path) -> None:
    with screen(tmp_path, SIZE) as on, program(on, *START) as process:
        eventually(lambda: bool(on.windows("Lanescope")), "the window is there")
        window = on.windows("Lanescope")[0]
        eventually(lambda: len(np.unique(on.pixels("drawn").reshape(-1, 3), axis=0)) > 30, "the window is drawn")
        on.hand("windowfocus", "--sync", window)
        before = on.pixels("before")
        on.hand("key", "w", "w", "w")
        eventually(lambda: bool((on.pixels("zoomed") != before).any()), "the view is closer")
        on.hand("key", "ctrl+q")
        assert process.wait(PATIENCE_S) == 0
