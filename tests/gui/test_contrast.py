"""Every colour of text of the window on everything that it lies on, from the palette and the style sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from PySide6.QtGui import QColor, QPalette

from gui.theme import outline_of, palette_of, progress_of, style_sheet
from gui.timeline.overlay import AREA_TINT, STRETCH_TINT, mixed
from profiler.report.palette import THEMES, Theme, contrast
from profiler.timeline.paint import Paint

#: WCAG 2.2, 1.4.3 and 1.4.11.
_TEXT, _EDGE = 4.5, 3.0

_ROLE = QPalette.ColorRole
_ON = {
    _ROLE.WindowText: (_ROLE.Window,),
    _ROLE.Text: (_ROLE.Base, _ROLE.AlternateBase),
    _ROLE.PlaceholderText: (_ROLE.Base,),
    _ROLE.ButtonText: (_ROLE.Button,),
    _ROLE.HighlightedText: (_ROLE.Highlight,),
    _ROLE.ToolTipText: (_ROLE.ToolTipBase,),
    _ROLE.Link: (_ROLE.Base, _ROLE.Window),
}
_GROUPS = (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled)

themes = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@themes
def test_texts_of_the_palette_can_be_read_also_where_disabled(theme: Theme) -> None:
    palette = palette_of(theme)
    for group, (text, grounds) in product(_GROUPS, _ON.items()):
        for ground in grounds:
            found = contrast(palette.color(group, text).name(), palette.color(group, ground).name())
            assert found >= _TEXT, (group, text, ground, found)


def rules(sheet: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Selectors of a style sheet and what they set."""
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        yield selector.strip(), dict(re.findall(r"([a-z-]+):\s*([^;]+);", body))


@themes
def test_texts_of_the_style_sheet_can_be_read(theme: Theme) -> None:
    grounds = (theme.background, theme.lane)
    seen = 0
    for selector, sets in rules(style_sheet(theme)):
        for text, ground in (("color", "background"), ("selection-color", "selection-background-color")):
            under = [sets[ground]] if sets.get(ground, "transparent") != "transparent" else grounds
            inks = [sets[text]] if text in sets else [theme.text, theme.muted] if ground in sets else []
            if "separator" in selector or "::chunk" in selector:
                continue
            for ink, colour in product(inks, under):
                seen += 1
                assert contrast(ink, colour) >= _TEXT, (selector, ink, colour)
    assert seen > 30


@themes
def test_the_text_of_a_job_can_be_read_on_both_parts_of_its_bar(theme: Theme) -> None:
    assert progress_of(theme) in style_sheet(theme)
    assert contrast(theme.text, progress_of(theme)) >= _TEXT
    assert contrast(theme.text, theme.lane) >= _TEXT


@themes
def test_the_edge_of_a_control_stands_out_from_the_page(theme: Theme) -> None:
    assert contrast(outline_of(theme), theme.background) >= _EDGE


@themes
def test_labels_can_be_read_in_a_measured_stretch_and_in_an_area(theme: Theme) -> None:
    light = QColor(theme.background).lightness() > 127
    ground, accent = QColor(theme.background), QColor(theme.paint[Paint.KERNEL])
    tints = [mixed(ground, accent, share).getRgb()[:3] for share in (STRETCH_TINT, AREA_TINT)]

    def tinted(colour: str, which: list[tuple[int, ...]]) -> str:
        parts = [QColor(colour).getRgb()[:3], *which]
        return QColor(*(min(part) if light else max(part) for part in zip(*parts, strict=True))).name()

    for which in (tints[:1], tints[1:], tints):
        for paint, fill in theme.paint.items():
            assert contrast(theme.ink(paint), tinted(fill, which)) >= _TEXT, (paint, which)
        for text, below in product((theme.text, theme.muted), (theme.background, theme.lane)):
            assert contrast(text, tinted(below, which)) >= _TEXT, (text, below, which)
