"""SVG elements as text: numbers without needless digits, every outside text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from profiler.report.escape import xml_text


def num(value: float) -> str:
    """A coordinate with at most two decimals: ``12``, ``12.5``, ``0.04``."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def element(
    name: str, content: str | None = None, attributes: Mapping[str, str | float] | None = None, **more: str | float
) -> str:
    """An element. ``content`` is XML already. Values are escaped; ``_`` in the names of ``more`` stands for ``-``."""
    pairs = {**(attributes or {}), **{key.strip("_").replace("_", "-"): value for key, value in more.items()}}
    start = name + "".join(f' {key}="{_value(value)}"' for key, value in pairs.items())
    return f"<{start}/>" if content is None else f"<{start}>{content}</{name}>"


def rect(x: float, y: float, width: float, height: float, content: str | None = None, **attributes: str | float) -> str:
    """A rectangle."""
    return element("rect", content, {"x": x, "y": y, "width": width, "height": height}, **attributes)


def boxes_path(
    boxes: Sequence[tuple[float, float, float, float]], content: str | None = None, **attributes: str | float
) -> str:
    """Many rectangles ``(x, y, width, height)`` as one path, a tenth of the text; nothing when there are none."""
    steps = "".join(f"M{num(x)} {num(y)}h{num(w)}v{num(h)}h{num(-w)}z" for x, y, w, h in boxes)
    return element("path", content, {"d": steps}, **attributes) if boxes else ""


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> str:
    """A straight line."""
    return element("line", None, {"x1": x1, "y1": y1, "x2": x2, "y2": y2}, **attributes)


def text(x: float, y: float, content: str, **attributes: str | float) -> str:
    """A line of text with its baseline at ``y``; ``content`` is escaped here."""
    return element("text", xml_text(content), {"x": x, "y": y}, **attributes)


def tooltip(*lines: str) -> str:
    """What a viewer shows when the pointer rests on the element around this."""
    return element("title", "\n".join(xml_text(entry) for entry in lines if entry))


def group(content: list[str], **attributes: str) -> str:
    """Elements in a group, one a line; nothing when there are none."""
    content = [mark for mark in content if mark]
    return element("g", "\n".join(content), None, **attributes) if content else ""


def _value(value: str | float) -> str:
    return xml_text(value) if isinstance(value, str) else num(value)
