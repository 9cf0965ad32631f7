"""The timeline as an SVG, and at other scales than that of the screen."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtGui import QFontInfo, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from profiler.report.png import png_of
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.gui.timeline.pixels import pixels
from tests.timeline.synthetic import pipeline


@pytest.mark.parametrize("scale", [0.75, 1.0, 1.5, 2.0])
def test_texts_and_lanes_grow_with_the_interface(make: Make, scale: float) -> None:
    stage = make(as_document(pipeline()), scale=scale, size=(1200, 900))
    row = next(row for row in stage.widget.lane_report() if row["name"] == "HtoD")
    assert row["rect"][3] == pytest.approx(24 * scale, abs=1)
    assert stage.canvas.column_px() == round(190 * scale)
    assert stage.widget.ruler.height() == pytest.approx(30 * scale, abs=1)


def test_an_image_at_twice_the_scale_has_twice_the_pixels(stage: Stage) -> None:
    image = stage.widget.render_image(scale=2.0)
    assert image.size() == stage.widget.size() * 2
    assert image.devicePixelRatio() == 2.0
    # Texts are drawn at that size and not stretched: hardly any 2x2 pixels of them are of one colour at all edges.
    column = pixels(image)[2 * stage.canvas.y() : 2 * stage.canvas.y() + 600, : 2 * stage.canvas.column_px() - 4]
    blocks = column[: len(column) // 2 * 2].reshape(len(column) // 2, 2, -1, 2)
    uneven = (blocks != blocks[:, :1, :, :1]).any(axis=(1, 3))
    assert uneven.sum() > 200


def test_the_svg_of_the_view_looks_like_the_view(stage: Stage) -> None:
    svg = stage.widget.render_svg()
    assert b"<script" not in svg
    assert svg.count(b"<text") > 20
    renderer = QSvgRenderer(svg)
    assert renderer.isValid()
    assert QImage.fromData(png_of(svg.decode())).size() == stage.widget.size()  # other viewers take it too
    image = QImage(stage.widget.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    lanes = slice(stage.canvas.y() + 10, stage.canvas.y() + stage.canvas.height() - 10)
    drawn, seen = (pixels(one)[lanes, 10 : stage.canvas.width() - 10] for one in (image, stage.widget.render_image()))

    def channels(values: np.ndarray) -> np.ndarray:
        return np.stack([(values >> shift) & 255 for shift in (16, 8, 0)]).astype(int)

    assert (np.abs(channels(drawn) - channels(seen)).max(axis=0) > 60).mean() < 0.02


def test_the_svg_of_the_view_is_as_large_as_the_view_and_asks_for_fonts_that_there_are(make: Make) -> None:
    stage = make(as_document(pipeline(), '<b>&\u202e"title'), size=(960, 480))
    root = ET.fromstring(stage.widget.render_svg())
    assert (root.get("width"), root.get("height"), root.get("viewBox")) == ("960", "480", "0 0 960 480")
    families = {element.get("font-family") for element in root.iter() if element.get("font-family")}
    assert families == {f"{QFontInfo(stage.widget.font()).family()}, sans-serif"}
    description = root.findtext("{http://www.w3.org/2000/svg}desc", "")
    assert description.startswith('<b>&\\u202e"title, from ')
