"""Where lanes stand, from top to bottom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from profiler.timeline.keys import LaneKind
from profiler.timeline.lanes import Lane
from profiler.trace.schema import Engine


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
    max_rows : mapping of LaneKind to int
        Rows of a lane that are drawn; what is left out is said in its header.
    band_px : float
        Room between a copy lane and the compute lane, in which hidden copies show as bands.
    wait_px : float
        Height of the thin box of a slice that waits.
    min_box_px : float
        Width from which a slice of a crowded row is a box of its own.
    max_boxes_in_row : int
        Slices in view up to which all of a row are drawn one by one.
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
    max_rows: dict[LaneKind, int] = field(
        default_factory=lambda: {
            LaneKind.ENGINE: 24,
            LaneKind.STREAM: 12,
            LaneKind.HOST: 8,
            LaneKind.MARKER: 10,
            LaneKind.SYNC: 4,
        }
    )
    row_gap_px: float = 1
    lane_gap_px: float = 5
    band_px: float = 12
    section_px: float = 22
    kind_gap_px: float = 8
    wait_px: float = 3
    min_box_px: float = 1.0
    max_boxes_in_row: int = 2000
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
    "slim_row_px", "row_gap_px", "lane_gap_px", "band_px", "section_px", "kind_gap_px", "wait_px", "label_px",
    "label_row_px", "label_pad_px",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LanePlace:
    """A lane's place: ``number`` in the list of lanes, top and height, tops of its drawn rows and their height."""

    number: int
    lane: Lane
    y: float
    height: float
    row_tops: tuple[float, ...]
    row_height: float

    @property
    def rows_left_out(self) -> int:
        """Rows of the lane that are not drawn."""
        return len(self.lane.rows) - len(self.row_tops)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading above the lanes of a device: -1 is the host."""

    device: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of all lanes, headings, the whole height, and how many lanes did not find room."""

    lanes: tuple[LanePlace, ...]
    sections: tuple[Section, ...]
    height: float
    lanes_left_out: int


_COPY_ENGINES = (Engine.HTOD, Engine.DTOH, Engine.COPY)


def stack_lanes(
    lanes: Sequence[Lane], style: Style, *, max_height: float = float("inf"), sections: bool = True
) -> Layout:
    """Lanes below each other from y = 0; those that would end below ``max_height`` are left out, from the last up.

    The first lane is drawn at any height. ``sections`` puts a heading above each device and above the host.
    """
    places: list[LanePlace] = []
    headings: list[Section] = []
    y = 0.0
    for number, lane in enumerate(lanes):
        top = y + (_gap(lanes[number - 1], lane, style) if number else 0.0)
        heading = None
        if sections and (number == 0 or lane.device != lanes[number - 1].device):
            heading = Section(lane.device, top, style.section_px)
            top += style.section_px
        place = _place_lane(number, lane, top, style)
        if places and place.y + place.height > max_height:
            break
        if heading:
            headings.append(heading)
        places.append(place)
        y = place.y + place.height
    return Layout(tuple(places), tuple(headings), y, len(lanes) - len(places))


def _place_lane(number: int, lane: Lane, y: float, style: Style) -> LanePlace:
    drawn = min(len(lane.rows), style.max_rows[lane.kind])
    height = style.row_px[lane.kind] if drawn == 1 else style.shared_row_px[lane.kind]
    if drawn > style.slim_above:
        height = style.slim_row_px
    tops = tuple(y + row * (height + style.row_gap_px) for row in range(drawn))
    return LanePlace(number, lane, y, tops[-1] + height - y, tops, height)


def _gap(above: Lane, lane: Lane, style: Style) -> float:
    if above.kind != lane.kind or above.device != lane.device:
        return style.kind_gap_px
    engines = {above.engine, lane.engine}
    if Engine.COMPUTE in engines and engines & set(_COPY_ENGINES):
        return style.band_px
    return style.lane_gap_px
