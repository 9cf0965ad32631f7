"""When a picture of what has been read so far is worth its time."""

from __future__ import annotations

#: Seconds until the first picture, and until the next at least.
_FIRST_S = 0.3

#: Pictures may cost this part of the time: a long file is not read much later for being shown.
_SHARE = 0.1


class Pace:
    """Lets a picture through when it will cost little against the time since the last one.

    A picture shows all that there is, so each costs more than the one before: it is judged by what it will cost, which
    is as much a row as the last one did. A file that is read quicker than it is drawn is shown once on the way.

    Parameters
    ----------
    now_s : float
        When the reading begins, on any clock.
    """

    def __init__(self, now_s: float) -> None:
        self._last_s = now_s
        self._row_s = 0.0

    def is_due(self, now_s: float, rows: int) -> bool:
        """Whether to draw so many rows now."""
        return now_s - self._last_s >= max(_FIRST_S, rows * self._row_s / _SHARE)

    def drew(self, begun_s: float, now_s: float, rows: int) -> None:
        """So many rows have been drawn since ``begun_s``."""
        self._last_s = now_s
        self._row_s = (now_s - begun_s) / max(rows, 1)
