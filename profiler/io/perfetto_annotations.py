"""Debug annotations of many events at once: whole numbers that are columns of a trace as columns, others one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.io.distinct import distinct
from profiler.io.parquet_columns import WORDS
from profiler.io.perfetto_args import COLUMN_OF, DEEPEST
from profiler.io.perfetto_events import Run
from profiler.io.perfetto_read import split_annotations
from profiler.io.perfetto_state import Sequence
from profiler.io.perfetto_words import Annotation, Event, Interned
from profiler.io.proto_columns import Fields, little_endian, scan
from profiler.io.proto_wire import BYTES, VARINT
from profiler.trace.schema import COLUMNS

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: Names are compared as two words of eight bytes; longer ones are none of a column.
_WORD = 8
#: Fields that hold further annotations, and those of a NestedValue that hold further ones.
_NESTING, _OLD_NESTING = (Annotation.NESTED, Annotation.DICT, Annotation.ARRAY), (3, 4)
#: Those that take any whole number of their size.
_COLUMNS = [column for column in COLUMN_OF.values() if column not in WORDS and column != "dur"]
_NUMBER = {key: _COLUMNS.index(column) for key, column in COLUMN_OF.items() if column in _COLUMNS}


def damaged_annotations(columns: npt.NDArray[np.uint8], start: Ints, end: Ints) -> Mask:
    """Which annotations `read_annotation` would refuse: damaged or nested too deeply, in whatever they hold."""
    found = np.zeros(len(start), np.bool_)
    owner, is_old = np.arange(len(start)), np.zeros(len(start), np.bool_)
    for _ in range(DEEPEST + 1):
        if not len(owner):
            return found
        inner = scan(columns, start, end)
        found[owner[inner.damaged]] = True
        old = is_old[inner.owner]
        nests = np.where(old, np.isin(inner.number, _OLD_NESTING), np.isin(inner.number, _NESTING))
        chosen = inner.of(nests & (inner.wire == BYTES))
        is_old = is_old[chosen.owner] | (chosen.number == Annotation.NESTED)
        owner, start, end = owner[chosen.owner], chosen.start, chosen.end
    found[owner] = True
    return found


class Annotations:
    """The annotations of the events of a run.

    Parameters
    ----------
    columns : array of uint8
        The text of the block, with what `scan` wants behind it.
    data : bytes
        The same.
    states : list of Sequence
    of_state : array
        Number of the state of each event.
    """

    def __init__(
        self, columns: npt.NDArray[np.uint8], data: bytes, states: list[Sequence], of_state: npt.NDArray[Any]
    ) -> None:
        self._columns = columns
        self._data = data
        self._states = states
        self._of_state = of_state

    def add(self, run: Run, fields: Fields, event: Ints, text_of: Callable[[dict[str, Any]], str]) -> None:
        """Add them to a run; ``text_of`` makes JSON of what no column holds."""
        chosen = np.flatnonzero(fields.number == Event.ANNOTATIONS)
        if not len(chosen):
            return
        places = fields.of(chosen)
        owner = event[chosen]
        column, value = self._numbers(places, owner)
        for number in np.unique(column[column >= 0]).tolist():
            some = column == number
            run.fill(_COLUMNS[number], owner[some], value[some])
        self._add_others(run, places.of(column < 0), owner[column < 0], text_of)

    def _numbers(self, places: Fields, owner: Ints) -> tuple[Ints, Ints]:
        """Column that each annotation is for and its value; column -1 for those that are to be read one by one.

        An annotation is for a column if it has a name and a whole number and nothing else.
        """
        size = len(owner)
        inner = scan(self._columns, places.start, places.end)
        short = inner.end - inner.start <= 2 * _WORD
        named = (inner.number == Annotation.NAME) & (inner.wire == BYTES) & short
        interned = (inner.number == Annotation.NAME_IID) & (inner.wire == VARINT)
        whole = (inner.wire == VARINT) & (
            (inner.number == Annotation.INT) | ((inner.number == Annotation.UINT) & (inner.value < np.uint64(1 << 63)))
        )
        plain = ~inner.damaged & (np.bincount(inner.owner, minlength=size) == 2)
        plain &= np.bincount(inner.owner[named | interned], minlength=size) == 1
        plain &= np.bincount(inner.owner[whole], minlength=size) == 1
        column, value = np.full(size, -1, np.int64), np.zeros(size, np.int64)
        column[inner.owner[named]] = self._named(inner.of(named))
        column[inner.owner[interned]] = self._interned(inner.of(interned), owner)
        value[inner.owner[whole]] = inner.value[whole].view(np.int64)
        column[~plain] = -1
        for number, name in enumerate(_COLUMNS):
            dtype: np.dtype[Any] = np.dtype(COLUMNS[name][0])
            limit = 1 << 8 * dtype.itemsize - 1
            if dtype.itemsize < _WORD:
                column[(column == number) & ((value < -limit) | (value >= limit))] = -1
        return column, value

    def _named(self, fields: Fields) -> Ints:
        """Columns of names that are written out."""
        if not len(fields.start):
            return np.empty(0, np.int64)
        length = fields.end - fields.start
        words = []
        for place in range(2):
            word = little_endian(self._columns, fields.start + place * _WORD, _WORD)
            used = np.clip(length - place * _WORD, 0, _WORD)
            words.append(np.where(used > 0, word & _MASKS[used], np.uint64(0)).view(np.int64))
        first, codes = distinct(*words, length)
        texts = [self._data[fields.start[row] : fields.end[row]].decode("utf-8", "replace") for row in first.tolist()]
        return np.array([_NUMBER.get(text, -1) for text in texts], np.int64)[codes]

    def _interned(self, fields: Fields, owner: Ints) -> Ints:
        """Columns of names that are interned."""
        if not len(fields.start):
            return np.empty(0, np.int64)
        state = self._of_state[owner[fields.owner]].astype(np.int64)
        first, codes = distinct(state, fields.value.view(np.int64))
        texts = [
            self._states[code].text(Interned.ANNOTATION_NAMES, iid)
            for code, iid in zip(state[first].tolist(), fields.value[first].tolist(), strict=True)
        ]
        return np.array([_NUMBER.get(text, -1) for text in texts], np.int64)[codes]

    def _add_others(self, run: Run, places: Fields, owner: Ints, text_of: Callable[[dict[str, Any]], str]) -> None:
        texts: dict[int, list[bytes]] = {}
        for event, start, end in zip(owner.tolist(), places.start.tolist(), places.end.tolist(), strict=True):
            texts.setdefault(event, []).append(self._data[start:end])
        found: dict[str, tuple[list[int], list[int]]] = {}
        for event, said in texts.items():
            columns, rest = split_annotations(said, self._states[self._of_state[event]])
            for column, value in columns.items():
                events, values = found.setdefault(column, ([], []))
                events.append(event)
                values.append(value)
            if rest and (text := text_of(rest)):
                run.events.args[run.base + event] = text
        for column, (events, values) in found.items():
            run.fill(column, np.array(events, np.int64), np.array(values, np.int64))


#: Of so many bytes of a word.
_MASKS = np.array([(1 << 8 * used) - 1 for used in range(_WORD + 1)], np.uint64)
