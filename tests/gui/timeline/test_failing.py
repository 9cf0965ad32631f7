"""Painting that fails: the widget is clear and says why, and goes on once it can."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage, QRegion
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.timeline.canvas import Canvas
from gui.timeline.minimap import Minimap
from gui.timeline.picture import Picture
from profiler.report.palette import DARK, LIGHT, Theme
from tests.gui.timeline.conftest import Make, Stage, as_document
from tests.timeline.synthetic import pipeline


def garbage(widget: Canvas | Minimap) -> np.ndarray:
    """What a widget paints over an image full of something else."""
    image = QImage(widget.size(), QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    # Qt hands what paintEvent raises to whoever asked in Python, and to the exception hook where it asked itself.
    with suppress(ValueError):
        widget.render(image, QPoint(), QRegion(widget.rect()), QWidget.RenderFlag.DrawChildren)
    return np.frombuffer(image.constBits(), np.uint32).reshape(image.height(), -1)[:, : image.width()] & 0xFFFFFF


def rgb(colour: str) -> int:
    return QColor(colour).rgb() & 0xFFFFFF


def between(values: np.ndarray, low: int, high: int) -> bool:
    """Whether each channel lies between those of two colours, as those of smoothed letters do."""
    shifts = (0, 8, 16)
    bounds = [sorted(((low >> shift) & 255, (high >> shift) & 255)) for shift in shifts]
    return all(
        ((values >> shift & 255) >= least).all() and ((values >> shift & 255) <= most).all()
        for shift, (least, most) in zip(shifts, bounds, strict=True)
    )


def fail(*_: object, **__: object) -> object:
    raise ValueError("no such\u202e colour\nsecond line")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("part", ["lanes_on", "_strips", "over"])
def test_lanes_that_cannot_be_painted_are_clear_and_say_why(
    make: Make, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, part: str, theme: Theme
) -> None:
    stage = make(as_document(pipeline()))
    stage.widget.set_theme(theme)
    stage.settle()
    whole = garbage(stage.canvas)
    said: list[str] = []
    with monkeypatch.context() as broken, qtbot.capture_exceptions() as raised:
        broken.setattr(Picture, part, fail)
        broken.setattr("gui.timeline.failing.Texts.draw", lambda self, painter, x, y, text: said.append(text))
        stage.canvas.redraw()
        stage.settle()
        picture = garbage(stage.canvas)
    assert (picture == rgb(theme.background)).all()
    assert said[-1] == "The lanes cannot be drawn: ValueError: no such\\u202e colour"
    assert {kind for kind, *_ in raised} == {ValueError}
    assert stage.canvas.drawn == ()
    stage.canvas.redraw()
    np.testing.assert_array_equal(garbage(stage.canvas), whole)


def test_the_line_is_written_on_clear_ground(stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken, qtbot.capture_exceptions():
        broken.setattr(Picture, "_document", fail)
        stage.canvas.redraw()
        picture = garbage(stage.canvas)
    ground, ink = rgb(LIGHT.background), rgb(LIGHT.text)
    assert 50 < (picture != ground).sum() < 6000
    assert between(picture, ink, ground)


def test_a_minimap_that_cannot_be_painted_is_clear(stage: Stage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as broken, qtbot.capture_exceptions() as raised:
        broken.setattr(Minimap, "_densities", fail)
        stage.widget.set_theme(DARK)
        picture = garbage(stage.widget.minimap)
        stage.settle()
    assert raised
    assert (picture == rgb(DARK.background)).all()
