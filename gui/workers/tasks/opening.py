"""A trace file read, drawn and measured: the picture is handed over before the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec

from gui.workers.context import Context
from gui.workers.jobs import Open, Pictured
from gui.workers.tasks.picture import exposed_spans
from profiler.analysis.analyze import analyze
from profiler.io.registry import read_trace
from profiler.io.shared_arrow import write_shared
from profiler.timeline.model import Timeline
from profiler.timeline.stored import save_pieces, save_timeline
from profiler.trace.mapped import save
from profiler.trace.tables import Trace
