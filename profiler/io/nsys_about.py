"""What an export of Nsight Systems says about the machine, its processes and itself, taken from a trace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np

from profiler.io.distinct import distinct
from profiler.io.nsys_tables import LARGEST_NUMBER, MACHINE, Column, Rows, Texts
from profiler.trace.schema import MISSING, TrackKind
from profiler.trace.select import on_device
from profiler.trace.tables import Trace
from profiler.units import NS_PER_S

_SCHEMA = ("3", "25", "0")
#: Column of TARGET_INFO_GPU for what Nsight's and Kineto's metadata call it.
_GPU = {
    "name": "name",
    "bus": "busLocation",
    "sm_count": "smCount",
    "numSms": "smCount",
    "copy_engines": "asyncEngines",
    "totalGlobalMem": "totalMemory",
    "computeMajor": "computeMajor",
    "computeMinor": "computeMinor",
}
_WARNING = 2


def about(trace: Trace, texts: Texts) -> Iterator[Rows]:
    """Rows of every table that is not about slices."""
    yield _export()
    yield _analysis(trace)
    yield from _session(trace)
    yield _processes(trace)
    yield _thread_names(trace, texts)
    yield _gpus(trace)
    yield from _device_tables(trace)
    messages = [text for text in _entries(trace, "diagnostics", list) if isinstance(text, str)]
    columns: dict[str, Column] = {
        "timestamp": 0,
        "timestampType": 0,
        "source": 0,
        "severity": _WARNING,
        "text": messages,
    }
    yield Rows("DIAGNOSTIC_EVENT", columns)


def _export() -> Rows:
    import profiler

    described = {
        "EXPORT_PRODUCT_NAME": "Lanescope",
        "EXPORT_PRODUCT_VERSION": profiler.__version__,
        "EXPORT_SCHEMA_VERSION": ".".join(_SCHEMA),
        "EXPORT_SCHEMA_VERSION_MAJOR": _SCHEMA[0],
        "EXPORT_SCHEMA_VERSION_MINOR": _SCHEMA[1],
        "EXPORT_SCHEMA_VERSION_MICRO": _SCHEMA[2],
        "EXPORT_PARAM_EXPORT_TYPE": "SQLite",
    }
    return Rows("META_DATA_EXPORT", {"name": list(described), "value": list(described.values())})


def _analysis(trace: Trace) -> Rows:
    start = int(trace.ts.min()) if len(trace) else 0
    stop = int((trace.ts + trace.dur)[trace.dur >= 0].max(initial=start))
    columns: dict[str, Column] = {
        "globalVid": MACHINE,
        "duration": stop - start,
        "startTime": [start],
        "stopTime": stop,
    }
    return Rows("ANALYSIS_DETAILS", columns)


def _session(trace: Trace) -> Iterator[Rows]:
    base = _entries(trace, "clock", dict).get("base_ns")
    if not isinstance(base, int) or not 0 <= base < 1 << 62:
        return
    said = datetime.fromtimestamp(base // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    yield Rows("TARGET_INFO_SESSION_START_TIME", {"utcEpochNs": [base], "utcTime": said, "localTime": said})


def _processes(trace: Trace) -> Rows:
    named = _entries(trace, "processes", dict)
    pids = sorted({max(pid, 0) for pid in np.unique(trace["pid"]).tolist()})
    entries = [named.get(str(pid)) for pid in pids]
    names = [str(entry.get("name", "")) if isinstance(entry, dict) else "" for entry in entries]
    ids = [MACHINE | (pid & LARGEST_NUMBER) << 24 for pid in pids]
    return Rows("PROCESSES", {"globalPid": ids, "pid": pids, "name": names})


def _thread_names(trace: Trace, texts: Texts) -> Rows:
    """Names of threads, without what the reader of exports puts around them."""
    found: dict[int, str] = {}
    for track in trace.tracks:
        if track.kind == TrackKind.THREAD and track.tid >= 0:
            whole = MACHINE | (max(track.pid, 0) & LARGEST_NUMBER) << 24 | track.tid & LARGEST_NUMBER
            name = track.name.removeprefix(f"thread {track.tid}").strip()
            if name:
                found.setdefault(whole, name[1:-1] if name.startswith("(") and name.endswith(")") else name)
    return Rows("ThreadNames", {"nameId": [texts[name] for name in found.values()], "globalTid": list(found)})


def _gpus(trace: Trace) -> Rows:
    said = {int(key): entry for key, entry in _entries(trace, "gpus", dict).items() if key.isascii() and key.isdigit()}
    numbers = sorted({*said, *(number for number in np.unique(trace["device"]).tolist() if number >= 0)})
    columns: dict[str, list[Any]] = {name: [None] * len(numbers) for name in dict.fromkeys(_GPU.values())}
    for place, number in enumerate(numbers):
        entry = said.get(number)
        for key, value in entry.items() if isinstance(entry, dict) else ():
            if key in _GPU and (isinstance(value, str) or (isinstance(value, int) and abs(value) < 1 << 63)):
                columns[_GPU[key]][place] = value
    return Rows("TARGET_INFO_GPU", {"vmId": MACHINE, "id": numbers, "cuDevice": numbers, **columns})


def _device_tables(trace: Trace) -> Iterator[Rows]:
    """Devices that each process sees, contexts, and streams."""
    rows = np.flatnonzero(on_device(trace) & (trace["device"] >= 0))
    process = np.maximum(trace["pid"][rows], 0) & LARGEST_NUMBER
    device, context, stream = (trace[name][rows].astype(np.int64) for name in ("device", "context", "stream"))
    first, _ = distinct(process, device)
    yield Rows("TARGET_INFO_CUDA_DEVICE", {"gpuId": device[first], "cudaId": device[first], "pid": process[first]})
    on_machine = {"hwId": 0, "vmId": 1}
    default = next((int(s) for s in _entries(trace, "default_streams", list) if isinstance(s, int)), MISSING)
    first, _ = distinct(process, device, context)
    first = first[(context[first] >= 0) & (default >= 0)]
    contexts = {"processId": process[first], "deviceId": device[first], "contextId": context[first]}
    yield Rows("TARGET_INFO_CUDA_CONTEXT_INFO", {**on_machine, **contexts, "nullStreamId": default})
    first, _ = distinct(process, device, context, stream)
    first = first[(context[first] >= 0) & (stream[first] >= 0)]
    streams = {"streamId": stream[first], "processId": process[first], "contextId": context[first]}
    yield Rows("TARGET_INFO_CUDA_STREAM", {**on_machine, **streams, "priority": 0, "flag": 0})


def _entries(trace: Trace, key: str, kind: type) -> Any:
    """An entry of the metadata that is a list or a mapping; an empty one where it is something else."""
    found = trace.meta.get(key)
    return found if isinstance(found, kind) else kind()
