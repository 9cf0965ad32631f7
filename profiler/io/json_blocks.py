"""Trace events as column blocks: what every way of reading the text gives, and what the assemblers take.

Rows that agree in phase, category, lane and device numbers are one *kind*. A block has few kinds, so what follows from
them is found once a kind and not once a row.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from profiler.trace.interning import Codes
from profiler.trace.schema import MISSING, NO_TIME

if TYPE_CHECKING:
    from profiler.io.json_events import Event

Ints = npt.NDArray[np.int64]
Codes32 = npt.NDArray[np.int32]

#: Columns of `EventBlock.kinds`.
PHASE, CATEGORY, LANE, DEVICE, CONTEXT, STREAM = range(6)
#: The arguments that are part of a kind.
KIND_ARGS = ("device", "context", "stream")

_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0+)?")

#: Process or thread as it stands in a file.
LaneKey = tuple[Any, Any]


class Lanes(Codes[LaneKey]):
    """(process, thread) to number. ``"25738"`` and ``25738`` are one thread: old files write both."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes: list[LaneKey] = []
        self._known: dict[LaneKey, int] = {}

    def __missing__(self, value: LaneKey) -> int:
        key = (_whole(value[0]), _whole(value[1]))
        number = self._known.setdefault(key, len(self._known))
        if number == len(self.lanes):
            self.lanes.append(key)
        self[value] = number
        return number


@dataclass(slots=True)
class Dictionaries:
    """Numbers of the texts that blocks refer to."""

    names: Codes[str] = field(default_factory=Codes)
    categories: Codes[str] = field(default_factory=Codes)
    lanes: Lanes = field(default_factory=Lanes)
    ids: Codes[Hashable] = field(default_factory=Codes)


@dataclass(slots=True)
class EventBlock:
    """Events as columns, in file order; metadata and counter events, which are few, as they came.

    Its arrays hold until the next block is asked for.

    Attributes
    ----------
    kind : int32 array
        Row of ``kinds``.
    kinds : int64 array, shape (k, 6)
        ASCII code of ``ph`` (0 for anything longer than a letter), numbers of category and lane in `Dictionaries`,
        device, context and stream; in order of first appearance.
    ts, dur : int64 array
        Nanoseconds; `MISSING` where an event has no duration.
    name, ident : int32 array
        Numbers in `Dictionaries`; ``ident`` is -1 for an event without an id.
    enclosing : bool array
        Whether a flow end binds to the slice around it (``bp`` is ``e``).
    numbers : dict
        Arguments that became numbers, `absent` where an event has none; absent keys occur in no event.
    args, args_lengths
        The other arguments as JSON, one text after another, and the length of each in bytes.
    special : list of Event
        Events of phase M and C.
    special_ts : int64 array
        Their times.
    origin : int64 array
        Which of the events decoded each row is.
    """

    kind: Codes32
    kinds: Ints
    ts: Ints
    dur: Ints
    name: Codes32
    ident: Codes32
    enclosing: npt.NDArray[np.bool_]
    numbers: dict[str, Ints]
    args: bytes | memoryview
    args_lengths: Ints
    special: list[Event]
    special_ts: Ints
    origin: Ints

    def __len__(self) -> int:
        return len(self.kind)

    def of_kinds(self, chosen: npt.NDArray[np.bool_]) -> Ints | slice:
        """Rows of the kinds ``chosen``, ascending; a slice where these are all rows."""
        if chosen.all():
            return slice(None)
        return np.flatnonzero(chosen[self.kind]) if chosen.any() else np.empty(0, np.int64)

    def args_at(self, places: Ints | slice) -> tuple[bytes | memoryview, Ints, int]:
        """Arguments of the events at ascending ``places``, their lengths, and how many other events have any."""
        lengths = self.args_lengths[places]
        if int(lengths.sum()) == len(self.args):
            return self.args, lengths, 0
        ends = np.cumsum(self.args_lengths)
        spans = zip((ends - self.args_lengths)[places].tolist(), ends[places].tolist(), strict=True)
        dropped = int(np.count_nonzero(self.args_lengths) - np.count_nonzero(lengths))
        return b"".join([self.args[first:last] for first, last in spans]), lengths, dropped


def absent(key: str) -> int:
    """What stands in the column of an argument for an event that does not have it."""
    return NO_TIME if key in ("queued_ns", "process") else MISSING


def kinds_of(
    phase: npt.NDArray[np.uint8], category: Codes32, lane: Codes32, numbers: dict[str, Ints]
) -> tuple[Codes32, Ints]:
    """``kind`` and ``kinds`` of a block from columns."""
    unknown = np.full(len(phase), MISSING, np.int64)
    table = np.stack((phase, category, lane, *(numbers.get(key, unknown) for key in KIND_ARGS)), axis=1)
    mixed = np.zeros(len(table), np.uint64)
    for column in table.T:
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64)
    _, first, inverse = np.unique(mixed, return_index=True, return_inverse=True)
    if not bool((table[first][inverse] == table).all()):
        _, first, inverse = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return by_appearance(inverse.reshape(-1), table[first], first)


def by_appearance(kind: npt.NDArray[np.integer], kinds: Ints, first: Ints) -> tuple[Codes32, Ints]:
    """Kinds in the order of the rows ``first`` in which they appear."""
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order))
    return place[kind], kinds[order]


def _whole(value: Any) -> Any:
    """A process or thread as a number where it is one, also within quotes."""
    if isinstance(value, str) and (digits := _WHOLE.fullmatch(value)):
        return int(digits.group(1))
    return int(value) if isinstance(value, float) and value.is_integer() else value
