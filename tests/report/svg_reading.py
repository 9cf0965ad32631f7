"""Reads a drawn SVG back: its texts with their boxes, its rectangles, its paths."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from profiler.report.svg_font import measure_at

NS = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Drawn:
    """An element with the offset of the groups around it."""

    element: ET.Element
    dx: float
    dy: float

    def number(self, name: str) -> float:
        return float(self.element.get(name, "0"))

    @property
    def classes(self) -> list[str]:
        return self.element.get("class", "").split()

    @property
    def tooltip(self) -> str:
        return self.element.findtext(f"{NS}title", "")

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of a rectangle."""
        x, y = self.number("x") + self.dx, self.number("y") + self.dy
        return x, y, x + self.number("width"), y + self.number("height")


class Page:
    """A parsed SVG."""

    def __init__(self, svg: str) -> None:
        self.root = ET.fromstring(svg)
        self.css = self.root.findtext(f"{NS}style", "")
        self.width, self.height = float(self.root.get("width", "0")), float(self.root.get("height", "0"))

    def all(self, tag: str, parent: ET.Element | None = None, dx: float = 0, dy: float = 0) -> Iterator[Drawn]:
        for child in self.root if parent is None else parent:
            moved = re.match(r"translate\((\S+) (\S+?)\)", child.get("transform", ""))
            x, y = (dx + float(moved[1]), dy + float(moved[2])) if moved else (dx, dy)
            if child.tag == NS + tag:
                yield Drawn(child, x, y)
            yield from self.all(tag, child, x, y)

    def rule(self, name: str) -> str:
        found = re.search(rf"\.{name}\{{([^}}]*)\}}", self.css)
        return found[1] if found else ""

    def text_boxes(self) -> list[tuple[str, tuple[float, float, float, float]]]:
        """Every text with the box that its font's widest letters can take."""
        return [(drawn.element.text or "", self._text_box(drawn)) for drawn in self.all("text")]

    def _text_box(self, drawn: Drawn) -> tuple[float, float, float, float]:
        style = ";".join(self.rule(name) for name in drawn.classes)
        size = float(re.findall(r"font-size:([\d.]+)px", style)[-1])
        width = measure_at(size, bold="font-weight:700" in style)(drawn.element.text or "")
        anchor = re.findall(r"text-anchor:(\w+)", style)
        left = drawn.number("x") + drawn.dx - {"middle": width / 2, "end": width}.get(anchor[-1] if anchor else "", 0)
        base = drawn.number("y") + drawn.dy
        return left, base - 0.76 * size, left + width, base + 0.24 * size

    def boxes_of_path(self, name: str) -> list[tuple[float, float, float, float]]:
        """Left, top, width and height of each rectangle in the paths of a class."""
        pattern = re.compile(r"M(\S+) (\S+)h(\S+)v(\S+)h-\S+z")
        return [
            (float(x) + drawn.dx, float(y) + drawn.dy, float(w), float(h))
            for drawn in self.all("path")
            if name in drawn.classes
            for x, y, w, h in pattern.findall(drawn.element.get("d", "").replace("z", "z "))
        ]


def strokes(page: Page) -> Iterator[tuple[Drawn, list[tuple[float, float, float, float]]]]:
    """Each path of strokes, and the rectangles it paints: left, top, width and height."""
    for group in page.all("g"):
        high = float(group.element.get("stroke-width", "0"))
        for path in group.element.findall(f"{NS}path") if high else ():
            x, middle, boxes = 0.0, 0.0, []
            for step, first, second, width in _STROKE.findall(path.get("d", "")):
                x, middle = (float(first), float(second)) if step == "M" else (x + float(first), middle)
                boxes.append((x + group.dx, middle - high / 2 + group.dy, float(width), high))
                x += float(width)
            yield Drawn(path, group.dx, group.dy), boxes


_STROKE = re.compile(r"([Mm])(\S+) (\S+?)h(\d+)")


def overlapping(boxes: list[tuple[str, tuple[float, float, float, float]]]) -> list[tuple[str, str]]:
    """Pairs of texts whose boxes overlap."""
    ordered = sorted(boxes, key=lambda entry: entry[1][0])
    found = []
    for place, (text, (_, top, right, bottom)) in enumerate(ordered):
        for other, (left, other_top, _, other_bottom) in ordered[place + 1 :]:
            if left >= right - 0.01:
                break
            if other_top < bottom - 0.01 and top < other_bottom - 0.01:
                found.append((text, other))
    return found


def axis_of(page: Page) -> tuple[float, float]:
    """Left and right end of the time axis."""
    (line,) = [drawn for drawn in page.all("line") if drawn.number("x1") > 20 and "a" in drawn.classes]
    return line.number("x1"), line.number("x2")
