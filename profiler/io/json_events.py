"""Text of trace events to columns with msgspec: runs of text in, `EventBlock` out.

This alone decides what an odd event means; the compiled scanner hands it all that is not plain.
"""

from __future__ import annotations

from itertools import compress, repeat
from operator import attrgetter

import msgspec
import numpy as np
import numpy.typing as npt

from profiler.io.decimals import parse_scaled
from profiler.io.json_blocks import Codes32, Dictionaries, EventBlock, Ints, absent, kinds_of
from profiler.io.json_repair import repaired
from profiler.trace.schema import LATEST_NS, MISSING, EdgeKind, Engine, MemcpyKind, MemoryKind, Severity
from profiler.trace.tables import Stats

Raw = msgspec.Raw

#: Arguments that become columns, to the largest value that the column holds.
KNOWN_ARGS = {
    "correlation": 2**63 - 1,
    "device": 2**31 - 1,
    "context": 2**63 - 1,
    "stream": 2**63 - 1,
    "bytes": 2**63 - 1,
}
#: The same in files that Lanescope wrote itself.
OWN_ARGS = {
    **KNOWN_ARGS,
    "queued_ns": 2**63 - 1,
    "process": 2**63 - 1,
    "engine": int(max(Engine)),
    "request": 2**31 - 1,
    "chunk": 2**31 - 1,
    "memcpy_kind": int(max(MemcpyKind)),
    "src_kind": int(max(MemoryKind)),
    "dst_kind": int(max(MemoryKind)),
    "row": 2**63 - 1,
    "edge": int(max(EdgeKind)),
}

_NOTHING = Raw(b"")
_ZERO = Raw(b"0")
_ENCLOSING = b'"e"'
_IS_SPECIAL = np.zeros(256, np.bool_)
_IS_SPECIAL[list(b"MC")] = True
#: Flow and async events, in the old and the new notation.
_HAS_ID = np.zeros(256, np.bool_)
_HAS_ID[list(b"stfbneSTpF")] = True


class Event(msgspec.Struct, gc=False):
    """One trace event. Times and ids stay raw text, so that no number is rounded on the way."""

    ph: str = ""
    name: str = ""
    cat: str = ""
    ts: Raw = _NOTHING
    dur: Raw = _NOTHING
    pid: int | str | float | None = None
    tid: int | str | float | None = None
    args: dict[str, Raw] | None = None
    id: Raw = _NOTHING
    id2: Raw = _NOTHING
    bp: Raw = _NOTHING


class EventDecoder:
    """Decodes runs of events with msgspec.

    Parameters
    ----------
    dictionaries : Dictionaries
    stats : Stats
    """

    def __init__(self, dictionaries: Dictionaries, stats: Stats) -> None:
        self.dictionaries = dictionaries
        self.known_args = KNOWN_ARGS
        self._stats = stats
        self._events = msgspec.json.Decoder(list[Event])
        self._one = msgspec.json.Decoder(Event)
        self._loose = msgspec.json.Decoder(dict[str, Raw])
        self._encode = msgspec.json.Encoder().encode

    def decode(self, run: bytes) -> EventBlock | None:
        """The columns of ``{..},{..}``; ``None`` where the text is not a run of well-formed events."""
        try:
            if not run.isascii():
                run.decode("utf-8")
            events = self._events.decode(b"[" + run + b"]")
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None
        return self._columns(events, np.arange(len(events)))

    def decode_each(self, texts: list[bytes]) -> EventBlock:
        """The columns of events given one by one; what cannot be repaired is counted as ``chrome_bad_event``."""
        found = [self._one_event(text) for text in texts]
        readable = [place for place, event in enumerate(found) if event is not None]
        self._stats.add("chrome_bad_event", Severity.DATA_LOSS, len(found) - len(readable))
        return self._columns([event for event in found if event is not None], np.array(readable, np.int64))

    def _one_event(self, text: bytes) -> Event | None:
        try:
            text.decode("utf-8")
        except UnicodeDecodeError:
            text = text.decode("utf-8", "replace").encode()
            self._stats.add("invalid_utf8", Severity.REPAIRED)
        try:
            return self._one.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            pass
        try:
            return self._from_loose(self._loose.decode(repaired(text, self._stats)))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None

    def _from_loose(self, fields: dict[str, Raw]) -> Event:
        """An event whose fields may be of any type: texts as they stand, arguments that are no object wrapped."""
        args = fields.get("args", _NOTHING)
        wrapped = None if bytes(args) in (b"", b"null") else {"args": args}
        if bytes(args).startswith(b"{"):
            wrapped = self._loose.decode(args)
        ph, name, cat, pid, tid = (text_of(fields.get(key)) for key in ("ph", "name", "cat", "pid", "tid"))
        ts, dur, ident, id2, bp = (fields.get(key, _NOTHING) for key in ("ts", "dur", "id", "id2", "bp"))
        return Event(ph, name, cat, ts, dur, pid, tid, wrapped, ident, id2, bp)

    def _columns(self, events: list[Event], origin: Ints) -> EventBlock:
        ts, dur, fits = self._timed(events)
        phase = _phases(events)
        is_special = _IS_SPECIAL[phase]
        special, special_ts = _chosen(events, fits & is_special), ts[fits & is_special]
        rows = fits & ~is_special
        if not rows.all():
            events, ts, dur, phase, origin = _chosen(events, rows), ts[rows], dur[rows], phase[rows], origin[rows]
        size, known = len(events), self.dictionaries
        ident, enclosing = self._idents(events, phase)
        numbers, args, lengths = self._arguments(events)
        name = known.names.of_all(map(attrgetter("name"), events), size)
        category = known.categories.of_all(map(attrgetter("cat"), events), size)
        lane = known.lanes.of_all(map(attrgetter("pid", "tid"), events), size)
        kind, kinds = kinds_of(phase, category, lane, numbers)
        return EventBlock(
            kind=kind,
            kinds=kinds,
            ts=ts,
            dur=dur,
            name=name,
            ident=ident,
            enclosing=enclosing,
            numbers=numbers,
            args=args,
            args_lengths=lengths,
            special=special,
            special_ts=special_ts,
            origin=origin,
        )

    def _timed(self, events: list[Event]) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
        """Starts and durations, and which events have times that fit; others are counted."""
        tokens = [event.ts for event in events]
        if not all(tokens):
            tokens = [event.ts or (_ZERO if event.ph == "M" else _NOTHING) for event in events]
        starts = parse_scaled(tokens, 3)
        tokens = [event.dur for event in events]
        given, present = _given(tokens)
        lengths = parse_scaled(present, 3)
        self._stats.add("sub_ns_rounded", Severity.REPAIRED, len(starts.rounded) + len(lengths.rounded))
        ts, dur = starts.values, np.full(len(events), MISSING, np.int64)
        dur[given] = lengths.values
        bad = (np.abs(ts) > LATEST_NS) | (np.abs(dur) > LATEST_NS)
        bad[starts.bad] = True
        bad[given[lengths.bad]] = True
        self._stats.add("chrome_bad_time", Severity.DATA_LOSS, int(bad.sum()))
        return ts, dur, ~bad

    def _arguments(self, events: list[Event]) -> tuple[dict[str, Ints], bytes, Ints]:
        """Known arguments as numbers, and the JSON of the rest."""
        given = [event.args for event in events]
        places = np.flatnonzero(np.fromiter(map(bool, given), np.bool_, len(given)))
        filled: list[dict[str, Raw]] = [args for args in given if args]
        numbers = {}
        for key, highest in self.known_args.items():
            found = _taken(filled, key, highest)
            if found is not None:
                numbers[key] = np.full(len(events), absent(key), np.int64)
                numbers[key][places] = found
        encode = self._encode
        texts = [encode(args) if args else b"" for args in filled]
        lengths = np.zeros(len(events), np.int64)
        lengths[places] = np.fromiter(map(len, texts), np.int64, len(texts))
        return numbers, b"".join(texts), lengths

    def _idents(self, events: list[Event], phase: npt.NDArray[np.uint8]) -> tuple[Codes32, npt.NDArray[np.bool_]]:
        """Numbers of the ids of flows and async events, and which flow ends bind to the slice around them.

        An id that is local to a process carries the process.
        """
        codes = self.dictionaries.ids
        ident, enclosing = np.full(len(events), -1, np.int32), np.zeros(len(events), np.bool_)
        for place in np.flatnonzero(_HAS_ID[phase]).tolist():
            event = events[place]
            if event.id:
                ident[place] = codes[bytes(event.id).strip(b'"')]
            elif event.id2:
                text = bytes(event.id2)
                ident[place] = codes[(event.pid, text) if b'"local"' in text else text]
            enclosing[place] = bytes(event.bp) == _ENCLOSING
        return ident, enclosing


def _taken(filled: list[dict[str, Raw]], key: str, highest: int) -> Ints | None:
    """Values of one argument, taken out of the dictionaries; ``None`` where none has it.

    What is no whole number in range is left in.
    """
    tokens = list(map(dict.pop, filled, repeat(key), repeat(_NOTHING)))
    places, present = _given(tokens)
    if not present:
        return None
    values = np.full(len(filled), absent(key), np.int64)
    parsed = parse_scaled(present, 0)
    values[places] = parsed.values
    bad = np.abs(parsed.values) > highest
    bad[parsed.bad] = True
    bad[parsed.rounded] = True
    for number in np.flatnonzero(bad).tolist():
        filled[places[number]][key] = present[number]
        values[places[number]] = absent(key)
    return values


def _chosen(events: list[Event], chosen: npt.NDArray[np.bool_]) -> list[Event]:
    return list(compress(events, chosen.tolist())) if chosen.any() else []


def _given(tokens: list[Raw]) -> tuple[Ints, list[Raw]]:
    """Places of tokens that are there, and these."""
    present = list(filter(None, tokens))
    if len(present) == len(tokens):
        return np.arange(len(tokens)), tokens
    return np.flatnonzero(np.fromiter(map(len, tokens), np.int64, len(tokens))), present


def _phases(events: list[Event]) -> npt.NDArray[np.uint8]:
    letters = [event.ph for event in events]
    odd = {letter for letter in set(letters) if len(letter) != 1 or not letter.isascii()}
    if odd:
        letters = ["\0" if letter in odd else letter for letter in letters]
    return np.frombuffer("".join(letters).encode("ascii"), np.uint8)


def text_of(raw: Raw | None) -> str:
    """A JSON string's text, and any other value as it stands in the file; empty for ``null`` and for nothing."""
    text = bytes(raw or b"")
    if text.startswith(b'"'):
        return msgspec.json.decode(text, type=str)
    return "" if text == b"null" else text.decode("utf-8", "replace")
