"""The general scheduler: host threads, streams and engines together, event by event, with every rule there is."""

from __future__ import annotations

from profiler.devices.base import NO_TIME
from profiler.devices.sim.agenda import Agenda
from profiler.devices.sim.columns import RANGE, SYNC, Columns
from profiler.devices.sim.engines import Engines
from profiler.devices.sim.hosts import Hosts
from profiler.devices.sim.streams import Streams
from profiler.devices.sim.times import TimeLists, Times
from profiler.errors import PlanError


def cosimulate(columns: Columns) -> Times:
    """Times of every step, by the rules of docs/simulator.md.

    Raises
    ------
    PlanError
        The steps wait for each other in a circle; no plan that proves itself does.
    """
    times = TimeLists.unknown(len(columns))
    agenda = Agenda(len(columns))
    hosts = Hosts(columns, times, agenda)
    streams = Streams(columns, times, agenda, hosts)
    streams.begin(Engines(columns, times, agenda, hosts, streams))
    hosts.begin(streams)
    agenda.run(streams.movable, streams.move)
    for step, op in enumerate(columns.op):
        last = times.host_end if op in (RANGE, SYNC) else times.end
        if last[step] == NO_TIME:
            raise PlanError(f"step {step} never ends", remedy="Look for steps that wait for each other in a circle.")
    return times.arrays()
