"""Outside texts cut to the room they have, made harmless, and remembered: one rule for all painters."""

from __future__ import annotations

from collections.abc import Callable

from profiler.report.escape import visible
from profiler.timeline.labels import Measure

#: A function of text, room and measure, such as `fit_label` and `elide`.
Shorten = Callable[[str, float, Measure], str]

#: No text is measured beyond this.
_LONGEST = 2_000


class Fitting:
    """Cuts texts by one rule in one font.

    Parameters
    ----------
    shorten : callable
    measure : callable
        Width of a text in pixels, in the font that it is painted in.
    """

    _KEPT = 4_000

    def __init__(self, shorten: Shorten, measure: Measure) -> None:
        self._shorten, self._measure = shorten, measure
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, text: str, room: float) -> str:
        """As much of ``text`` as fits into ``room`` pixels, taken as an even number of them."""
        key = (text, int(room) // 2)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > self._KEPT:
                self._known.clear()
            found = self._known[key] = visible(self._shorten(text[:_LONGEST], 2.0 * key[1], self._seen_width))
        return found

    def _seen_width(self, text: str) -> float:
        return self._measure(visible(text))
