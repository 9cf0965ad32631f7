"""What a trace leaves unsaid because everybody who writes its format means it."""

from __future__ import annotations

from collections.abc import Mapping

from profiler.trace.tables import Trace

#: Stream numbers that are the legacy default stream where the trace does not say (``meta["default_streams"]``).
#: CUPTI numbers the null stream of a process's first context 7, ROCm's tracer 0: a convention of those tools, seen in
#: their public traces, not a documented promise.
_DEFAULT_STREAMS: Mapping[str, tuple[int, ...]] = {
    "kineto": (0, 7),
    "nsys-sqlite": (7,),
    "nvprof-sqlite": (7,),
    "nvprof-csv": (7,),
}


def source_format(trace: Trace) -> str:
    """The format the trace was first read from, also after it was converted; empty where it is not known."""
    return str(trace.meta.get("source_format", trace.meta.get("format", "")))


def default_streams(trace: Trace) -> list[int]:
    """Numbers of the streams that are the legacy default stream."""
    told = trace.meta.get("default_streams")
    return [int(stream) for stream in (_DEFAULT_STREAMS.get(source_format(trace), ()) if told is None else told)]
