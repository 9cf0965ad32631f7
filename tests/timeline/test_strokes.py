from __future__ import annotations

import numpy as np
import pytest

from profiler.timeline.frame_groups import Plot
from profiler.timeline.layout import Style
from profiler.timeline.pixels import PixelBoxes
from profiler.timeline.strokes import area_of, bar_levels, outline_widths, seams


def boxes(*places: tuple[int, int, int, int]) -> PixelBoxes:
    x, y, w, h = (np.array(side, np.int64) for side in zip(*places, strict=True))
    return PixelBoxes(x, y, w, h, np.arange(len(x)).astype(np.uint8), np.arange(len(x)))


def test_a_seam_parts_slices_of_one_row_that_follow_each_other() -> None:
    found = seams(boxes((0, 0, 5, 9), (5, 0, 5, 9), (11, 0, 5, 9), (18, 0, 5, 9), (23, 0, 2, 9), (25, 20, 9, 9)))
    # Where they touch it is the last pixel of the earlier one, else the pixel between them.
    assert list(zip(found.x.tolist(), found.w.tolist(), found.paint.tolist(), strict=True)) == [(4, 1, 0), (10, 1, 1)]
    assert len(seams(boxes((0, 0, 5, 9)))) == 0


@pytest.mark.parametrize(
    ("width", "height", "scale", "line"),
    [(14, 24, 1, 2), (13, 24, 1, 1), (3, 24, 1, 1), (2, 24, 1, 0), (40, 5, 1, 0), (27, 48, 2, 2), (28, 48, 2, 4)],
)
def test_an_outline_is_as_wide_as_its_box_has_room(width: int, height: int, scale: float, line: int) -> None:
    assert outline_widths(boxes((0, 0, width, height)), scale).tolist() == [line]


def test_bars_reach_quarters_and_show_whatever_there_is() -> None:
    share = np.array([[0, 0.001, 0.25, 0.26, 1]], np.float32)
    assert bar_levels(share).tolist() == [[0, 1, 1, 2, 4]]


def test_an_area_stands_below_its_words_and_is_as_high_as_its_value() -> None:
    area = area_of(Plot(100, 34, np.array([0.0, 5.0, 10.0]), 10.0, "GB/s"), 1.0)
    assert (area.top, area.height, area.words) == (112, 22, "up to 10.00 GB/s")
    assert (area.high.tolist(), area.line.tolist()) == ([0, 11, 22], [0, 9, 20])
    assert area_of(Plot(0, 34, np.zeros(3), 0.0, ""), 1.0).high.tolist() == [0, 0, 0]


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.25, 2.0, 3.0])
def test_measures_of_a_scaled_style_are_whole_pixels(factor: float) -> None:
    style, scaled = Style(), Style().scaled(factor)
    for kind, height in style.row_px.items():
        assert scaled.row_px[kind] == max(round(height * factor), 1)
    assert (scaled.band_px, scaled.slim_above, scaled.scale) == (max(round(12 * factor), 1), 6, factor)
