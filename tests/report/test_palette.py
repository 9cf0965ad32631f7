from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pytest

from profiler.report.palette import PAINT_NAMES, THEMES, Theme, contrast
from profiler.timeline.paint import Paint

#: What eyes make of a colour, as linear RGB: Machado, Oliveira and Fernandes, "A physiologically-based model for
#: simulation of color vision deficiency", IEEE TVCG 15 (2009) 1291, severity 1.0.
DICHROMACY = {
    "none": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
#: OKLab: Björn Ottosson, "A perceptual color space for image processing" (2020).
TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)

themes = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
eyes = pytest.mark.parametrize("eye", DICHROMACY)

#: What must never be taken for each other: the pipeline's three stages and the mark of exposed time.
CORE = (Paint.KERNEL, Paint.HTOD, Paint.DTOH)

#: The least distance in OKLab of two colours of the core, and of any two kinds. A difference of 0.02 is just seen by
#: colours that touch; boxes of a timeline may lie apart.
CORE_APART, APART = 0.1, 0.06


def oklab(colour: str, eye: str) -> np.ndarray:
    share = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return TO_LAB @ np.cbrt(TO_LMS @ np.clip(DICHROMACY[eye] @ linear, 0, 1))


def distance(first: str, second: str, eye: str) -> float:
    return float(np.linalg.norm(oklab(first, eye) - oklab(second, eye)))


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1


@themes
def test_texts_can_be_read(theme: Theme) -> None:
    for text, ground in itertools.product((theme.text, theme.muted), (theme.background, theme.lane)):
        assert contrast(text, ground) >= 4.5
    for paint in Paint:
        assert contrast(theme.ink(paint), theme.paint[paint]) >= 4.5


@themes
def test_boxes_stand_out_from_the_page(theme: Theme) -> None:
    assert contrast(theme.exposed, theme.background) >= 3
    for paint in Paint:
        assert contrast(theme.paint[paint], theme.background) >= 3


@themes
@eyes
def test_stages_and_exposed_time_are_told_apart_by_all_eyes(theme: Theme, eye: str) -> None:
    assert alike(theme, CORE, eye, CORE_APART) == {}


@themes
@eyes
def test_every_two_kinds_are_told_apart_by_all_eyes(theme: Theme, eye: str) -> None:
    """All that can be drawn, without exception: any two can stand in one window, if not in one lane."""
    assert alike(theme, Paint, eye, APART) == {}


def alike(theme: Theme, paints: Iterable[Paint], eye: str, apart: float) -> dict[tuple[str, str], float]:
    """The pairs of kinds, exposed time among them, that lie closer together."""
    colours = {paint.name: theme.paint[paint] for paint in paints} | {"EXPOSED": theme.exposed}
    pairs = itertools.combinations(colours, 2)
    found = {pair: distance(*(colours[name] for name in pair), eye) for pair in pairs}
    return {pair: round(far, 3) for pair, far in found.items() if far < apart}


@pytest.mark.parametrize(
    ("pair", "blind"),
    [
        (("#A06000", "#6C7000"), {"protanopia", "deuteranopia"}),  # orange and olive
        (("#0070B0", "#007A70"), {"tritanopia"}),  # blue and teal
    ],
)
def test_colours_that_some_eyes_confuse_are_found(pair: tuple[str, str], blind: set[str]) -> None:
    assert {eye for eye in DICHROMACY if distance(*pair, eye) < APART} == blind


def test_distances_are_those_of_oklab_and_greys_are_grey_to_all_eyes() -> None:
    assert oklab("#FF0000", "none") == pytest.approx([0.6280, 0.2249, 0.1258], abs=1e-4)
    assert oklab("#0000FF", "none") == pytest.approx([0.4520, -0.0325, -0.3115], abs=1e-4)
    for eye in DICHROMACY:
        assert oklab("#FFFFFF", eye) == pytest.approx([1, 0, 0], abs=1e-3)


def test_every_paint_has_a_word_and_a_colour() -> None:
    assert set(PAINT_NAMES) == set(Paint)
    assert len(set(PAINT_NAMES.values())) == len(Paint)
    assert all(set(theme.paint) == set(Paint) for theme in THEMES.values())
