"""Text of trace events to columns with the compiled scanner, ``native/scan_events.c``.

The scanner reads what is plain. Events that it is not sure of come back as places in the text, and `EventDecoder`,
which reads all events where there is no compiler, reads them; their rows are put back among the others.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from profiler.io.compiled import library
from profiler.io.json_blocks import CATEGORY, KIND_ARGS, LANE, EventBlock, Ints, absent
from profiler.io.json_events import EventDecoder
from profiler.io.json_merge import merged
from profiler.trace.schema import MISSING, Severity
from profiler.trace.tables import Stats

Array = npt.NDArray[Any]

#: Rows of one scan: few enough that the columns stay in the processor's cache, many enough to make the calls cheap.
ROWS = 1 << 14
#: Arguments of one scan; an event that has more than are left is read the other way.
_ARGS_BYTES = 8 << 20
_MOST_KNOWN, _KEY_SIZE, _KIND_FIELDS = 16, 32, 6


class Ending(IntEnum):
    """Why a scan returned."""

    NEEDS_TEXT = 0
    NEEDS_ROOM = 1
    ENDED = 2  #: the bracket that ends the events was met
    STRANGE = 3  #: something that is no event stands there
    NO_MEMORY = 4


class Scan(NamedTuple):
    """What one scan found: the events, the bytes it took, and why it returned."""

    block: EventBlock
    used: int
    ending: Ending


class _Interner(ctypes.Structure):
    _fields_ = (
        ("table", ctypes.c_void_p),
        ("places", ctypes.c_int64),
        ("entries", ctypes.c_void_p),
        ("count", ctypes.c_int64),
        ("entry_room", ctypes.c_int64),
        ("bytes", ctypes.c_void_p),
        ("used", ctypes.c_int64),
        ("room", ctypes.c_int64),
        ("seed", ctypes.c_uint64),
    )


_ENTRY = np.dtype([("hash", np.uint64), ("offset", np.int64), ("size", np.int64)])


class _State(ctypes.Structure):
    _fields_ = tuple((name, _Interner) for name in ("names", "categories", "lanes", "ids", "kinds"))


class _Known(ctypes.Structure):
    _fields_ = (
        ("key", ctypes.c_char * _KEY_SIZE),
        ("size", ctypes.c_int64),
        ("highest", ctypes.c_int64),
        ("absent", ctypes.c_int64),
    )


_COLUMNS: dict[str, Any] = {
    "ts": np.int64,
    "dur": np.int64,
    "args_lengths": np.int64,
    "odd": np.int64,
    "name": np.int32,
    "category": np.int32,
    "lane": np.int32,
    "ident": np.int32,
    "kind": np.int32,
    "phase": np.uint8,
    "enclosing": np.uint8,
    "args": np.uint8,
}
_ROOM = {"odd": 3 * ROWS, "args": _ARGS_BYTES}
_COUNTS = ("room", "odd_room", "args_room", "rows", "odd_rows", "args_size", "rounded", "present")


class _Rows(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in _COUNTS),
        *((name, ctypes.c_void_p) for name in _COLUMNS),
        ("numbers", ctypes.c_void_p * _MOST_KNOWN),
    )


class _Numbers:
    """From the numbers of one of the scanner's dictionaries to those of ours."""

    def __init__(self, interner: _Interner, number: Callable[[bytes], int]) -> None:
        self._interner = interner
        self._number = number
        self._values = np.full(64, MISSING, np.int32)
        self._known = 0

    def of(self, numbers: Array) -> npt.NDArray[np.int32]:
        """Our numbers; `MISSING` for -1."""
        count, known = self._interner.count, self._known
        if count > known:
            if count >= len(self._values):
                self._values = np.concatenate((self._values[:known], np.full(2 * count, MISSING, np.int32)))
            new = map(self._number, _texts(self._interner, known))
            self._values[known:count] = np.fromiter(new, np.int32, count - known)
            self._known = count
        # -1 finds the place behind the last.
        found: npt.NDArray[np.int32] = self._values[: count + 1][numbers]
        return found


class EventScanner:
    """Scans text into blocks, with the dictionaries, arguments and statistics of a decoder.

    Parameters
    ----------
    library : CDLL
    decoder : EventDecoder
    stats : Stats
    """

    def __init__(self, library: ctypes.CDLL, decoder: EventDecoder, stats: Stats) -> None:
        self._library = library
        self._decoder = decoder
        self._stats = stats
        self._keys = tuple(decoder.known_args)
        self._handle = _new(library, decoder)
        self._arrays = {name: np.empty(_ROOM.get(name, ROWS), dtype) for name, dtype in _COLUMNS.items()}
        self._numbers = {key: np.empty(ROWS, np.int64) for key in self._keys}
        self._rows = _Rows(room=ROWS, odd_room=ROWS, args_room=_ARGS_BYTES)
        for name, array in self._arrays.items():
            setattr(self._rows, name, array.ctypes.data)
        for place, array in enumerate(self._numbers.values()):
            self._rows.numbers[place] = array.ctypes.data
        state = _State.from_address(self._handle)
        self._kinds = state.kinds
        known = decoder.dictionaries
        self._names = _Numbers(state.names, lambda text: known.names[_string(text)])
        self._categories = _Numbers(state.categories, lambda text: known.categories[_string(text)])
        owners = msgspec.json.Decoder(tuple[int | str | float | None, int | str | float | None])
        self._lanes = _Numbers(state.lanes, lambda text: known.lanes[owners.decode(b"[%b]" % text)])
        self._ids = _Numbers(state.ids, known.ids.__getitem__)

    def __del__(self) -> None:
        if handle := getattr(self, "_handle", None):
            self._library.scanner_free(ctypes.c_void_p(handle))

    def scan(self, text: bytes, first: int) -> Scan:
        """The events of ``text`` from byte ``first`` on, which lies between two of them: as many as there is room for.

        The block's arrays hold until the next scan.
        """
        used, rows = ctypes.c_int64(), self._rows
        address = ctypes.cast(ctypes.c_char_p(text), ctypes.c_void_p).value or 0
        ending = Ending(
            self._library.scanner_scan(
                ctypes.c_void_p(self._handle),
                ctypes.c_void_p(address + first),
                ctypes.c_int64(len(text) - first),
                ctypes.byref(rows),
                ctypes.byref(used),
            )
        )
        if ending is Ending.NO_MEMORY:
            raise MemoryError
        self._stats.add("sub_ns_rounded", Severity.REPAIRED, rows.rounded)
        block = self._block()
        if rows.odd_rows:
            block = self._with_odd(block, text, first)
        return Scan(block, used.value, ending)

    def _block(self) -> EventBlock:
        rows, size = self._rows, self._rows.rows
        arrays = {name: array[:size] for name, array in self._arrays.items()}
        present = [key for place, key in enumerate(self._keys) if rows.present >> place & 1]
        return EventBlock(
            kind=arrays["kind"],
            kinds=self._kind_table(),
            ts=arrays["ts"],
            dur=arrays["dur"],
            name=self._names.of(arrays["name"]),
            ident=self._ids.of(arrays["ident"]),
            enclosing=arrays["enclosing"].view(np.bool_),
            numbers={key: self._numbers[key][:size] for key in present},
            args=memoryview(self._arrays["args"])[: rows.args_size],
            args_lengths=arrays["args_lengths"],
            special=[],
            special_ts=np.empty(0, np.int64),
            origin=np.arange(size),
        )

    def _kind_table(self) -> Ints:
        text = ctypes.string_at(self._kinds.bytes, self._kinds.used) if self._kinds.used else b""
        table = np.frombuffer(text, np.int64).reshape(-1, _KIND_FIELDS).copy()
        table[:, CATEGORY] = self._categories.of(table[:, CATEGORY])
        table[:, LANE] = self._lanes.of(table[:, LANE])
        return table

    def _with_odd(self, block: EventBlock, text: bytes, first: int) -> EventBlock:
        """The block with the events that the scanner left."""
        places = self._arrays["odd"][: 3 * self._rows.odd_rows].reshape(-1, 3)
        texts = [text[start:end] for start, end, _ in (places + (first, first, 0)).tolist()]
        odd = self._decoder.decode(b",".join(texts))
        return merged(block, self._decoder.decode_each(texts) if odd is None else odd, places[:, 2])


def scan_library(*, worthwhile: bool) -> ctypes.CDLL | None:
    """The compiled scanner, as `library` has it."""
    return library("scan_events", worthwhile=worthwhile)


def _new(library: ctypes.CDLL, decoder: EventDecoder) -> int:
    """A new scanner of the library, seeded so that no file can be made to fill its dictionaries badly."""
    keys = list(decoder.known_args)
    known = (_Known * len(keys))(
        *(_Known(key.encode(), len(key), decoder.known_args[key], absent(key)) for key in keys)
    )
    places = (ctypes.c_int64 * len(KIND_ARGS))(*(keys.index(key) for key in KIND_ARGS))
    seed = ctypes.c_uint64(int.from_bytes(os.urandom(8), "little"))
    library.scanner_new.restype = ctypes.c_void_p
    handle: int | None = library.scanner_new(seed, known, ctypes.c_int64(len(keys)), places)
    if not handle:
        raise MemoryError
    return handle


def _texts(interner: _Interner, first: int) -> list[bytes]:
    """Entries of a dictionary from number ``first`` on."""
    count = interner.count - first
    table = np.frombuffer(ctypes.string_at(interner.entries + first * _ENTRY.itemsize, count * _ENTRY.itemsize), _ENTRY)
    start = int(table["offset"][0])
    data = ctypes.string_at((interner.bytes or 0) + start, interner.used - start) if interner.used > start else b""
    offsets = (table["offset"] - start).tolist()
    return [data[at : at + size] for at, size in zip(offsets, table["size"].tolist(), strict=True)]


def _string(text: bytes) -> str:
    """A string as it stands between its quotes, decoded."""
    return msgspec.json.decode(b'"%b"' % text, type=str) if b"\\" in text else text.decode()
