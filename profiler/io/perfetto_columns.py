"""The packets of a block of a Perfetto file as columns, and which of them are track events of the usual kind."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.distinct import distinct
from profiler.io.perfetto_annotations import damaged_annotations
from profiler.io.perfetto_packets import Block
from profiler.io.perfetto_words import STATE_CLEARED, Event, Interned, Kind, Packet
from profiler.io.proto_columns import PADDING, Fields, scan
from profiler.io.proto_wire import BYTES, FIXED64, VARINT

Array = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]

#: Wire type of each field that a packet or an event of the usual kind may have, beside fields that are not read.
_PACKET = {
    Packet.TIMESTAMP: VARINT,
    Packet.SEQUENCE: VARINT,
    Packet.TRACK_EVENT: BYTES,
    Packet.INTERNED: BYTES,
    Packet.FLAGS: VARINT,
    Packet.CLOCK: VARINT,
    Packet.OWN_ROW: VARINT,
}
_EVENT = {
    Event.CATEGORY_IIDS: VARINT,
    Event.ANNOTATIONS: BYTES,
    Event.TYPE: VARINT,
    Event.NAME_IID: VARINT,
    Event.TRACK: VARINT,
    Event.CATEGORIES: BYTES,
    Event.NAME: BYTES,
    Event.COUNTER: VARINT,
    Event.DOUBLE_COUNTER: FIXED64,
    Event.FLOWS: FIXED64,
    Event.ENDED_FLOWS: FIXED64,
}
_READ_PACKET = frozenset(value for name, value in vars(Packet).items() if name.isupper())
_READ_EVENT = frozenset(value for name, value in vars(Event).items() if name.isupper())
#: The field of an event that refers to a table of texts.
_REFERS = {Interned.NAMES: Event.NAME_IID, Interned.CATEGORIES: Event.CATEGORY_IIDS}


class Packets:
    """The packets of a block as columns. ``odd`` are those that are no track event of the usual kind."""

    def __init__(self, block: Block) -> None:
        self.data = block.data
        self.columns = np.frombuffer(block.data + bytes(PADDING), np.uint8)
        size = len(block)
        top = scan(self.columns, np.array(block.start, np.int64), np.array(block.end, np.int64))
        self.odd = top.damaged | _with_unusual(top, _PACKET, _READ_PACKET, size)
        self.stamp, self.sequence, self.flags, self.clock, self.row = (
            last_value(top, number, size)
            for number in (Packet.TIMESTAMP, Packet.SEQUENCE, Packet.FLAGS, Packet.CLOCK, Packet.OWN_ROW)
        )
        self.has_row = np.zeros(size, np.bool_)
        self.has_row[top.owner[top.number == Packet.OWN_ROW]] = True
        events = np.flatnonzero(top.number == Packet.TRACK_EVENT)
        self.odd |= np.bincount(top.owner[events], minlength=size) != 1
        self.odd |= (self.flags & np.uint64(STATE_CLEARED)).astype(np.bool_)
        texts = np.flatnonzero(top.number == Packet.INTERNED)
        self.odd |= np.bincount(top.owner[texts], minlength=size) > 1
        self.interned = top.owner[texts]
        self.interned_text = dict(zip(self.interned.tolist(), places_of(top, texts), strict=True))
        inner = scan(self.columns, top.start[events], top.end[events])
        packet = top.owner[events]
        self._fields = Fields(
            packet[inner.owner], inner.number, inner.wire, inner.value, inner.start, inner.end, inner.damaged
        )
        self.odd |= _with_unusual(self._fields, _EVENT, _READ_EVENT, size)
        self.odd[packet[inner.damaged]] = True
        said = self._fields.of(self._fields.number == Event.ANNOTATIONS)
        self.odd[said.owner[damaged_annotations(self.columns, said.start, said.end)]] = True
        kind = last_value(self._fields, Event.TYPE, size)
        self.odd |= (kind < Kind.BEGIN) | (kind > Kind.COUNTER)
        self.kind = kind.astype(np.uint8)

    def is_used(self, sequence: int, before: int, table: int, iid: int) -> bool:
        """Whether an event of a sequence, before some packet, refers to an interned name or category."""
        return self._first_uses.get((sequence, _REFERS.get(table, 0), iid), before) < before

    @cached_property
    def _first_uses(self) -> dict[tuple[int, int, int], int]:
        """Sequence, field and number of each text that events refer to: the first packet that does."""
        chosen = np.flatnonzero(np.isin(self._fields.number, list(_REFERS.values())))
        fields = self._fields.of(chosen)
        sequence = self.sequence[fields.owner]
        first, _ = distinct(sequence.view(np.int64), fields.number, fields.value.view(np.int64))
        columns = (sequence[first].tolist(), fields.number[first].tolist(), fields.value[first].tolist())
        return dict(zip(zip(*columns, strict=True), fields.owner[first].tolist(), strict=True))

    def fields_of(self, first: int, last: int) -> Fields:
        """The fields of the events of some packets, numbered from the first of them."""
        places = np.searchsorted(self._fields.owner, (first, last))
        found = self._fields.of(slice(*places.tolist()))
        return Fields(found.owner - first, found.number, found.wire, found.value, found.start, found.end, found.damaged)


def _with_unusual(fields: Fields, usual: dict[int, int], read: frozenset[int], size: int) -> npt.NDArray[np.bool_]:
    """Messages with a field that is read, but not among the usual, or of another wire type than it should be."""
    fine = ~np.isin(fields.number, list(read))
    for number, wire in usual.items():
        fine |= (fields.number == number) & (fields.wire == wire)
    found = np.zeros(size, np.bool_)
    found[fields.owner[~fine]] = True
    return found


def last_value(fields: Fields, number: int, size: int) -> npt.NDArray[np.uint64]:
    """The last value that each message has of a field, 0 for none."""
    found, chosen = np.zeros(size, np.uint64), fields.number == number
    found[fields.owner[chosen]] = fields.value[chosen]
    return found


def places_of(fields: Fields, chosen: Ints) -> Iterator[tuple[int, int]]:
    """Where each of some fields with a length starts and ends in the data."""
    return zip(fields.start[chosen].tolist(), fields.end[chosen].tolist(), strict=True)
