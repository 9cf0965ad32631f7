"""Track descriptors of a Perfetto file as tracks of a trace."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from profiler.io.perfetto_words import Descriptor, Process, Thread
from profiler.io.proto_wire import WireError, as_signed, fields
from profiler.trace.schema import MISSING, TrackKind
from profiler.trace.tables import Track

_MOST_PARENTS = 64
_LARGEST = 2**31


@dataclass(slots=True)
class Described:
    """What the descriptors of one uuid say together; later ones add to earlier ones."""

    name: str = ""
    parent: int | None = None
    pid: int = MISSING
    tid: int = MISSING
    process_name: str = ""
    thread_name: str = ""


class Descriptors:
    """The tracks of a file by uuid."""

    def __init__(self, descriptors: Iterable[bytes]) -> None:
        self._known: dict[int, Described] = {}
        for data in descriptors:
            self._learn(data)

    def processes(self) -> dict[str, dict[str, Any]]:
        """Names of processes by number, as the trace's metadata has them."""
        named = {one.pid: one.process_name for one in self._known.values() if one.process_name and one.tid == MISSING}
        return {str(pid): {"name": name} for pid, name in named.items()}

    def track(self, key: Hashable, *, on_device: bool, counter: bool, device: int, stream: int) -> Track:
        """The track of a uuid, or of one of the tuples that `perfetto_read` and `perfetto_gpu` make.

        Parameters
        ----------
        key : int or tuple
        on_device, counter : bool
            What lies on it.
        device, stream : int
            Of the first slice on it, -1 for none.
        """
        if isinstance(key, tuple):
            return _made_up(key, device, stream)
        uuid = key if isinstance(key, int) else 0
        known = self._known.get(uuid, Described())
        pid, tid, name = self._owner(known)
        if counter:
            return Track(TrackKind.COUNTER, name or f"counter {uuid}", pid, tid)
        if on_device:
            return Track(TrackKind.STREAM, name or f"stream {stream}", pid, tid, device=device, stream=stream)
        kind = TrackKind.THREAD if known.tid != MISSING else TrackKind.OTHER
        return Track(kind, name or (f"thread {tid}" if tid >= 0 else f"track {uuid}"), pid, tid)

    def _owner(self, known: Described) -> tuple[int, int, str]:
        """Process, thread and name of a track; what it does not say, the track above it may."""
        name = known.name or known.thread_name or known.process_name
        pid, tid, above = known.pid, known.tid, known
        for _ in range(_MOST_PARENTS):
            if pid != MISSING or above.parent is None or above.parent not in self._known:
                break
            above = self._known[above.parent]
            pid, tid = above.pid, above.tid
        return pid, tid, name

    def _learn(self, data: bytes) -> None:
        uuid, said = 0, Described()
        try:
            for number, _, value in fields(data):
                if number == Descriptor.UUID and isinstance(value, int):
                    uuid = value
                elif number == Descriptor.PARENT and isinstance(value, int):
                    said.parent = value
                elif number in (Descriptor.NAME, Descriptor.STATIC_NAME, Descriptor.ATRACE_NAME):
                    said.name = value.decode("utf-8", "replace") if isinstance(value, bytes) else said.name
                elif number == Descriptor.PROCESS and isinstance(value, bytes):
                    said.pid, said.process_name = _numbered(value, Process.PID, Process.NAME)
                elif number == Descriptor.THREAD and isinstance(value, bytes):
                    said.tid, said.thread_name = _numbered(value, Thread.TID, Thread.NAME)
                    said.pid = _numbered(value, Thread.PID, Thread.NAME)[0]
        except WireError:
            return
        known = self._known.setdefault(uuid, said)
        for field in Described.__slots__:
            value = getattr(said, field)
            if value not in ("", None, MISSING):
                setattr(known, field, value)


def _numbered(data: bytes, number_field: int, name_field: int) -> tuple[int, str]:
    """A number and a name out of a ProcessDescriptor or ThreadDescriptor."""
    found, name = MISSING, ""
    for number, _, value in fields(data):
        if number == number_field and isinstance(value, int):
            signed = as_signed(value)
            found = signed if abs(signed) < _LARGEST else MISSING
        elif number == name_field and isinstance(value, bytes):
            name = value.decode("utf-8", "replace")
    return found, name


def _made_up(key: tuple[Any, ...], device: int, stream: int) -> Track:
    if key[0] == "gpu":
        return Track(TrackKind.STREAM, str(key[3]), device=int(key[1]), stream=int(key[2]))
    _, pid, tid, name = key
    small = [number if abs(number) < _LARGEST else MISSING for number in (pid, tid)]
    return Track(TrackKind.THREAD, name or f"thread {tid}", *small)
