"""An SVG as a PNG, drawn by resvg (the extra ``png``): no display, no Qt."""

from __future__ import annotations

from functools import cache
from types import ModuleType

from profiler.errors import UsageError
from profiler.report.svg_font import FAMILY

#: More pixels than this are a mistake, and gigabytes.
MAX_PIXELS = 200_000_000

_PROBE = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'>{}</svg>"
_PROBE_TEXT = f'<text x="2" y="15" font-size="14" font-family="{FAMILY}">Ag</text>'


def png_of(svg: str) -> bytes:
    """The picture of an SVG document, as large as it says it is.

    Raises
    ------
    UsageError
        resvg is not installed, or the picture would be larger than `MAX_PIXELS`.
    """
    resvg = _resvg()
    width, height = _size(svg)
    if width * height > MAX_PIXELS:
        raise UsageError(
            f"a picture of {width:.0f} x {height:.0f} pixels",
            remedy="Take a smaller --width or --scale, or write an SVG.",
        )
    return bytes(resvg.svg_to_bytes(svg_string=svg))


@cache
def has_font() -> bool:
    """Whether this machine has one of the fonts asked for, without which every text of a PNG is missing."""
    draw = _resvg().svg_to_bytes
    return bool(draw(svg_string=_PROBE.format(_PROBE_TEXT)) != draw(svg_string=_PROBE.format("")))


def _resvg() -> ModuleType:
    try:
        import resvg_py
    except ImportError as error:
        remedy = "Install it with: pip install 'lanescope[png]'. SVG files need nothing."
        raise UsageError("PNG pictures need resvg, which is not installed", remedy=remedy) from error
    return resvg_py


def _size(svg: str) -> tuple[float, float]:
    """Width and height as the root element says them."""
    start = svg.index("<svg")
    root = svg[start : svg.index(">", start)]
    width, height = (float(root.split(f' {name}="')[1].split('"')[0]) for name in ("width", "height"))
    return width, height
