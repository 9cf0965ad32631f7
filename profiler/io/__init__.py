"""Trace files: one module a format, each with ``sniff``, ``read`` and, where it can be written, ``write``."""

from profiler.io.registry import FORMATS, Format, read_trace, write_trace

__all__ = ["FORMATS", "Format", "read_trace", "write_trace"]
