"""What part of the time axis is seen, and how wide: integer nanoseconds on one side, pixels on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Int64 = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]

#: The closest zoom. Device clocks tick no finer than about a nanosecond.
MIN_SPAN_NS = 10


@dataclass(frozen=True, slots=True)
class Viewport:
    """The seen stretch of time ``[start_ns, end_ns)`` over ``width_px`` pixels.

    Raises
    ------
    ValueError
        The stretch is empty or the width is not positive.
    """

    start_ns: int
    end_ns: int
    width_px: int

    def __post_init__(self) -> None:
        if self.end_ns <= self.start_ns:
            raise ValueError(f"an empty stretch of time: {self.start_ns} to {self.end_ns} ns")
        if self.width_px < 1:
            raise ValueError(f"a width of {self.width_px} pixels")

    @classmethod
    def fit(cls, start_ns: int, end_ns: int, width_px: int, *, margin: float = 0.0) -> Viewport:
        """All of ``start_ns`` to ``end_ns``, with ``margin`` (a share of the span) left free at either end."""
        centre, span = (start_ns + end_ns) // 2, max(end_ns - start_ns, 0)
        if span < MIN_SPAN_NS:
            return cls(centre - MIN_SPAN_NS // 2, centre - MIN_SPAN_NS // 2 + MIN_SPAN_NS, width_px)
        free = int(span * margin)
        return cls(start_ns - free, end_ns + free, width_px)

    @property
    def span_ns(self) -> int:
        """Length of the seen stretch, ns."""
        return self.end_ns - self.start_ns

    @property
    def ns_per_px(self) -> float:
        """Nanoseconds a pixel stands for."""
        return self.span_ns / self.width_px

    def x_of(self, times: Int64 | int) -> Float64:
        """Pixels from the left edge, for one time or an array of them.

        The start is taken off before times become floats: epoch nanoseconds lose up to 256 ns as float64.
        """
        return np.asarray(np.subtract(times, self.start_ns, dtype=np.int64) * (self.width_px / self.span_ns))

    def time_at(self, x: float) -> int:
        """The time at ``x`` pixels from the left edge, rounded to a nanosecond."""
        return self.start_ns + round(x * self.span_ns / self.width_px)

    def grid(self) -> tuple[Int64, float]:
        """Edges of the pixel columns, and where the first of them lies in pixels (0 or less, above -1).

        Returns
        -------
        edges : int64 array, shape (width_px + 2,)
            The columns cover the whole stretch. They are multiples of the pixel's width counted from time 0, so the
            same instant falls into the same column while the view pans, and colours do not flicker.
        first_x : float
        """
        count = np.arange(self.width_px + 2, dtype=np.int64)
        column = self.start_ns * self.width_px // self.span_ns
        base, rest = divmod(column * self.span_ns, self.width_px)
        whole, part = divmod(self.span_ns, self.width_px)
        edges = base + count * whole + (rest + count * part) // self.width_px
        first = (column * self.span_ns - self.start_ns * self.width_px) / self.span_ns
        return edges, first

    def zoom(self, factor: float, at_x: float) -> Viewport:
        """Zoomed in by ``factor`` (out when below 1); the instant under ``at_x`` pixels stays where it is."""
        if not factor > 0:
            raise ValueError(f"a zoom by {factor}")
        span = max(round(self.span_ns / factor), MIN_SPAN_NS)
        start = self.time_at(at_x) - round(span * at_x / self.width_px)
        return replace(self, start_ns=start, end_ns=start + span)

    def pan(self, dx_px: float) -> Viewport:
        """Moved by ``dx_px`` pixels towards later times; the span stays exactly the same."""
        shift = round(dx_px * self.span_ns / self.width_px)
        return replace(self, start_ns=self.start_ns + shift, end_ns=self.end_ns + shift)

    def resized(self, width_px: int) -> Viewport:
        """The same stretch over another width."""
        return replace(self, width_px=width_px)

    def clamp(self, start_ns: int, end_ns: int) -> Viewport:
        """Moved, and where it must be shortened, to lie within ``start_ns`` to ``end_ns``."""
        end_ns = max(end_ns, start_ns + MIN_SPAN_NS)
        span = min(self.span_ns, end_ns - start_ns)
        start = min(max(self.start_ns, start_ns), end_ns - span)
        return replace(self, start_ns=start, end_ns=start + span)
