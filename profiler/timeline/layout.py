"""Measures of a drawn timeline."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from profiler.timeline.keys import LaneKind


@dataclass(frozen=True, slots=True)
class Style:
    """Measures of a drawn timeline, in pixels.

    Attributes
    ----------
    row_px : mapping of LaneKind to float
        Height of a lane of one row.
    shared_row_px : mapping of LaneKind to float
        Height of each row where a lane has several.
    slim_row_px : float
        Height of each row where a lane has more than ``slim_above`` of them.
    band_px : float
        Room between a copy lane and the compute lane, in which hidden copies show as bands.
    wait_px : float
        Height of the thin box of a slice that waits.
    label_px : float
        Least width of a box with a label, and ``label_row_px`` its least height.
    label_pad_px : float
        Room kept free on either side of a label.
    scale : float
        What the measures are multiples of: 2 on a screen of twice the pixels.
    """

    row_px: dict[LaneKind, float] = field(
        default_factory=lambda: {
            LaneKind.ENGINE: 24,
            LaneKind.STREAM: 16,
            LaneKind.HOST: 14,
            LaneKind.MARKER: 14,
            LaneKind.SYNC: 12,
        }
    )
    shared_row_px: dict[LaneKind, float] = field(
        default_factory=lambda: {
            LaneKind.ENGINE: 14,
            LaneKind.STREAM: 13,
            LaneKind.HOST: 13,
            LaneKind.MARKER: 13,
            LaneKind.SYNC: 12,
        }
    )
    slim_row_px: float = 6
    slim_above: int = 6
    row_gap_px: float = 1
    lane_gap_px: float = 5
    band_px: float = 12
    kind_gap_px: float = 8
    wait_px: float = 3
    label_px: float = 18
    label_row_px: float = 12
    label_pad_px: float = 3
    scale: float = 1.0

    def scaled(self, factor: float) -> Style:
        """All measures times ``factor``, rounded to whole pixels; counts stay."""

        def times(value: float) -> float:
            return max(float(round(value * factor)), 1.0)

        measures: dict[str, Any] = {name: times(getattr(self, name)) for name in _MEASURES}
        return replace(
            self,
            row_px={kind: times(value) for kind, value in self.row_px.items()},
            shared_row_px={kind: times(value) for kind, value in self.shared_row_px.items()},
            scale=self.scale * factor,
            **measures,
        )


_MEASURES = (
    "slim_row_px", "row_gap_px", "lane_gap_px", "band_px", "kind_gap_px", "wait_px", "label_px",
    "label_row_px", "label_pad_px",
)  # fmt: skip
