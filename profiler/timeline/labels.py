"""What is written on a box: as much of a name as fits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

Measure = Callable[[str], float]

ELLIPSIS = "…"

#: No box shows more of a name than this, so that measuring a hostile one stays cheap.
_LONGEST = 400

#: Letters that must be left of an elided name; fewer say nothing.
_FEWEST = 3

#: What profilers call copies and memsets; the direction is what a reader looks for.
_COPY = re.compile(
    r"\[?(?:CUDA )?(?P<what>(?:Unified Memory )?mem(?:cpy|set)(?: (?P<way>\w+|\w+-to-\w+))?)\]?(?: \(.*)?", re.I
)
_WAYS = {"host-to-device": "HtoD", "device-to-host": "DtoH", "device-to-device": "DtoD", "peer-to-peer": "PtoP"}

_NOISE = ("void ", "(anonymous namespace)::", "<unnamed>::", "[clone .kd]")


def fit_label(name: str, room_px: float, measure: Measure) -> str:
    """The fullest form of ``name`` that fits into ``room_px``; empty when hardly a letter does.

    A C++ signature gives way in steps: its parameters and template arguments first, then its namespaces, then its
    tail.
    """
    form = ""
    for form in label_forms(name[:_LONGEST]):
        if measure(form) <= room_px:
            return form if len(name) <= _LONGEST else elide(form + ELLIPSIS, room_px, measure)
    short = elide(form, room_px, measure)
    return short if len(short) > _FEWEST or short == form else ""


def label_forms(name: str) -> Iterator[str]:
    """The name whole, without noise and arguments, and without namespaces; none is empty but of an empty name.

    Of a copy: what it is, and its direction alone.
    """
    yield name
    copy = _COPY.fullmatch(name)
    if copy:
        yield from _copy_forms(name, copy["what"], copy["way"] or "")
        return
    bare = name
    for noise in _NOISE:
        bare = bare.replace(noise, "")
    cut = min((place for place in (bare.find("<"), bare.find("(")) if place > 0), default=len(bare))
    bare = bare[:cut].strip() or name
    if bare != name:
        yield bare
    last = bare.rsplit("::", 1)[-1]
    if last and last != bare:
        yield last


def _copy_forms(name: str, what: str, way: str) -> Iterator[str]:
    if what != name:
        yield what
    if way:
        yield _WAYS.get(way.lower(), way)


def elide(text: str, room_px: float, measure: Measure) -> str:
    """``text``, or its longest beginning that fits with an ellipsis; empty when not even one letter does."""
    if measure(text) <= room_px:
        return text
    low, high = 0, len(text) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if measure(text[:middle].rstrip() + ELLIPSIS) <= room_px:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + ELLIPSIS if low else ""


def elide_middle(text: str, room_px: float, measure: Measure, *, tail: int = 9) -> str:
    """``text``, or its beginning and its last letters with an ellipsis between: names often differ at their end."""
    if measure(text) <= room_px:
        return text
    end = text[-tail:].lstrip()
    head = elide(text[:-tail], room_px - measure(end), measure)
    return head + end if len(head) > _FEWEST else elide(text, room_px, measure)
