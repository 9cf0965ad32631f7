"""PNG pictures: the SVG's own boxes, in the SVG's own colours, at the SVG's own places."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from profiler.errors import UsageError
from profiler.io import write_trace
from profiler.report.palette import THEMES
from profiler.report.png import MAX_PIXELS, png_of
from profiler.report.svg import render_svg
from profiler.timeline.paint import Paint
from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.helpers.patience import PATIENCE_S


def small_trace() -> Trace:
    """A copy in, two kernels and a copy out on one stream."""
    return Trace(
        {
            "ts": np.array([0, 1000, 2500, 4000]),
            "dur": np.array([1000, 1500, 1500, 500]),
            "category": np.array([Category.MEMCPY, Category.KERNEL, Category.KERNEL, Category.MEMCPY], np.uint8),
            "memcpy_kind": np.array([MemcpyKind.HTOD, 0, 0, MemcpyKind.DTOH], np.uint8),
            "name": np.array([0, 1, 1, 2], np.int32),
            "device": np.zeros(4, np.int32),
            "stream": np.full(4, 7),
        },
        names=["in", "k", "out"],
        tracks=[Track(TrackKind.STREAM, "stream 7", device=0, stream=7)],
    )


def pixels(png: bytes) -> np.ndarray:
    """Red, green and blue of a PNG, shape (height, width, 3), decoded by Qt."""
    image = QImage.fromData(png).convertToFormat(QImage.Format.Format_RGBA8888)
    assert not image.isNull()
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].copy()


def rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[place : place + 2], 16) for place in (1, 3, 5))


@pytest.mark.parametrize("theme", THEMES)
def test_every_box_of_the_svg_has_its_colour_in_the_png(theme: str) -> None:
    svg = render_svg([("small", small_trace())], width=400, theme=theme)
    picture = pixels(png_of(svg))
    shift = re.search(r"translate\((\d+\.?\d*) (\d+\.?\d*)\)", svg)
    assert shift
    boxes = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"[^>]*class="k(\d+)"[^>]*><title', svg
    )
    assert len(boxes) >= 8
    for x, y, w, h, paint in boxes:
        left, top = float(shift[1]) + float(x), float(shift[2]) + float(y)
        # Off the middle, where the label stands, and off the outline of what is exposed.
        at = picture[int(top + float(h) * 0.5), int(left + float(w) - 6)]
        assert tuple(at) == rgb(THEMES[theme].paint[Paint(int(paint))])


def test_a_scale_of_two_has_twice_the_pixels() -> None:
    trace = [("small", small_trace())]
    one, two = (pixels(png_of(render_svg(trace, width=400, scale=scale))) for scale in (1, 2))
    assert (two.shape[0], two.shape[1]) == (2 * one.shape[0], 2 * one.shape[1])


def test_a_picture_beyond_all_measure_is_refused() -> None:
    svg = render_svg([("small", small_trace())], width=400)
    with pytest.raises(UsageError, match="--scale"):
        png_of(svg.replace('width="400"', f'width="{MAX_PIXELS}"', 1))


def test_without_resvg_one_line_says_how_to_get_it(tmp_path: Path) -> None:
    write_trace(small_trace(), tmp_path / "t.parquet")
    hidden = "import sys; sys.modules['resvg_py'] = None; from profiler.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", hidden, "render", str(tmp_path / "t.parquet"), "-o"]
    result = subprocess.run([*command, str(tmp_path / "t.png")], capture_output=True, text=True, timeout=PATIENCE_S)
    assert result.returncode == 2
    assert "pip install 'lanescope[png]'" in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "t.png").exists()
    assert subprocess.run([*command, str(tmp_path / "t.svg")], capture_output=True, timeout=PATIENCE_S).returncode == 0


def test_render_writes_a_png(tmp_path: Path) -> None:
    write_trace(small_trace(), tmp_path / "t.parquet")
    command = "import sys; from profiler.cli import main; sys.exit(main(sys.argv[1:]))"
    out = tmp_path / "t.PNG"
    result = subprocess.run(
        [sys.executable, "-c", command, "render", str(tmp_path / "t.parquet"), "-o", str(out), "--width", "400"],
        capture_output=True, text=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert pixels(out.read_bytes()).shape[1] == 400
