"""Host cost of a driver call when a plan is replayed, against the bindings by hand and loops through cuda.core.

usage: python benchmarks/bench_replay.py [--chunks 1000] [--repeats 25]

The driver is a fake whose entry points return at once, so what is measured is the way to it. Each chunk is a copy in, a
wait, a kernel and a copy out with their stamps. One pass with a fake that counts shows first that all make the same
calls. Replay and the loops through cuda.core know afterwards when each call was made, since that is what a plan is
replayed for; the loop by hand, and a second one through cuda.core, do not. Processor time of one thread is given. The
last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from profiler.devices.cuda.functions import Bound, Functions, Span
from profiler.devices.cuda.holdings import Holdings
from profiler.devices.cuda.memory import allocate
from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.program import Program, compile_program
from profiler.devices.cuda.replay import Call, replay, touch_memory, without_garbage_collection
from profiler.devices.cuda.runner import Runner
from profiler.devices.cuda.stamps import place_stamps
from profiler.plan.model import Launch, Memcpy, Plan, RecordEvent, StreamConfig, StreamStep, StreamWait
from profiler.plan.registry import make_plan
from tests.helpers.fake_driver.build import Fake, build
from tests.helpers.fake_driver.toys import ToyKernels, one_kernel

BUFFERS = 4

#: Event number of stamps, which nothing waits for.
STAMP = -1

OURS, BARE = "lanescope replay, every call stamped", "cuda.bindings by hand, no stamps"
CORE = "cuda.core, objects made per call, every call stamped"
CORE_BARE = "cuda.core, objects made per call, no stamps"

#: What is aimed at on an idle core: million calls a second, the most of the time by hand, the least of cuda.core's.
GOALS = {OURS: "2.5 M calls/s or more; at most 1.3 of by hand", CORE: "3 times ours or more"}


def long_plan(chunks: int) -> Plan:
    """Copies in, kernels and copies out of many chunks over three streams that wait for each other."""
    return make_plan("three-stream", one_kernel(), chunks, StreamConfig(chunks=chunks, buffers=BUFFERS))


def compiled(plan: Plan, runner: Runner, holdings: Holdings) -> tuple[Program, dict[int, Bound]]:
    """The plan as Lanescope replays it, and the arguments of its launches."""
    table = ToyKernels()
    functions = Functions(holdings, table, (9, 0))
    memory = allocate(plan, holdings)
    spans = {n: Span(int(pointer), plan.buffers[n].size_bytes) for n, pointer in memory.device.items()}
    bound = table.bind(plan, spans, Span(0, 0))
    return compile_program(plan, holdings, memory, functions, bound, place_stamps(plan)), bound


def driver_calls(program: Program) -> list[Call]:
    """The program's calls without NVTX ranges, which are no driver calls."""
    return [call for call in program.threads[0].calls if call[0].__name__.startswith("cu")]


def bare(calls: Sequence[Call], success: Any) -> Callable[[], None]:
    """The least that a careful program does: the bindings' function, its arguments, a check; no stamps."""

    def loop() -> None:
        for function, arguments in calls:
            code = function(*arguments)[0]
            if code is not success:
                raise RuntimeError(code)

    return loop


def stamped(calls: Sequence[Call], success: Any) -> Callable[[], list[int]]:
    """Lanescope's replay, with the host's time before every call."""

    def loop() -> list[int]:
        stamps: list[int] = []
        replay(calls, success, stamps)
        return stamps

    return loop


class CoreLoop:
    """The same calls through cuda.core: a launch configuration, an event and buffer objects for each call.

    Parameters
    ----------
    program : Program
    bound : dict
        The launches' arguments, by step.
    stamped : bool
        Whether the host's time before every call is kept.
    """

    def __init__(self, program: Program, bound: dict[int, Bound], *, stamped: bool) -> None:
        from cuda.core import Device, ObjectCode

        self._device = Device(0)
        self._device.set_current()
        self._streams = [self._device.create_stream() for _ in program.streams]
        self._kernel = ObjectCode.from_cubin(b"any image will do").get_kernel("idle")
        self._program = program
        self._bound = bound
        self._stamped = stamped
        self._work = [self._item(place) for place in self._places()]

    def _places(self) -> list[int]:
        """Places of the calls to be made: those in a stream, ranges left out."""
        thread, steps = self._program.threads[0], self._program.plan.steps
        return [
            place
            for place, (function, _) in enumerate(thread.calls)
            if function.__name__.startswith("cu") and isinstance(steps[thread.steps[place]], StreamStep)
        ]

    def _item(self, place: int) -> tuple[str, Any, Any]:
        thread = self._program.threads[0]
        index = thread.steps[place]
        step = self._program.plan.steps[index]
        assert isinstance(step, StreamStep)
        stream = self._streams[step.stream]
        if thread.main[index] != place:
            return ("record", stream, STAMP)
        if isinstance(step, Memcpy):
            first, second, size, _ = self._program.operations[index][1]
            return ("copy", stream, (int(first), int(second), size))
        if isinstance(step, Launch):
            return ("launch", stream, (step.kernel, [value.value for value in self._bound[index].values]))
        assert isinstance(step, RecordEvent | StreamWait)
        return ("wait" if isinstance(step, StreamWait) else "record", stream, step.event)

    def __call__(self) -> list[int]:
        """Make all calls; events are made by the records, and kept while something may wait for them."""
        from cuda.core import Buffer, EventOptions, LaunchConfig, launch

        events: dict[int, Any] = {}
        stamps: list[int] = []
        stamped, now, number = self._stamped, time.perf_counter_ns, ctypes.c_uint64
        for kind, stream, what in self._work:
            if stamped:
                stamps.append(now())
            if kind == "record":
                timed = EventOptions(timing_enabled=what == STAMP)
                events[what] = stream.record(options=timed)
            elif kind == "wait":
                stream.wait(events[what])
            elif kind == "launch":
                kernel, (target, written, source, read) = what
                into, out_of = Buffer.from_handle(target, written), Buffer.from_handle(source, read)
                config = LaunchConfig(grid=kernel.grid, block=kernel.block)
                launch(stream, config, self._kernel, into, number(written), out_of, number(read))
            else:
                target, source, size = what
                Buffer.from_handle(target, size).copy_from(Buffer.from_handle(source, size), stream=stream)
        return stamps


def nanoseconds(loops: dict[str, Callable[[], object]], calls: int, repeats: int) -> dict[str, list[float]]:
    """Nanoseconds a call of each loop, their runs taken in turn, so that a busy machine disturbs all alike.

    Memory for stamps is touched before each run, as Lanescope does, and what a run kept is given back after it.
    """
    found: dict[str, list[float]] = {name: [] for name in loops}
    with without_garbage_collection():
        for _ in range(repeats + 1):
            for name, loop in loops.items():
                touch_memory(calls)
                begin = time.thread_time_ns()
                kept = loop()
                found[name].append((time.thread_time_ns() - begin) / calls)
                del kept
                gc.collect()
    return {name: times[1:] for name, times in found.items()}


def counted(fake: Fake, loop: Callable[[], object]) -> int:
    """Driver calls that a loop makes."""
    before = fake.calls()
    loop()
    return fake.calls() - before


def table(found: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Rows of the result."""
    least = {name: min(times) for name, times in found.items()}
    base, ours = least[BARE], least[OURS]
    return [
        {
            "way": name,
            "least_ns_per_call": round(least[name], 1),
            "median_ns_per_call": round(statistics.median(times), 1),
            "million_calls_per_s": round(1e3 / least[name], 2),
            "of_bindings_by_hand": round(least[name] / base, 2),
            "of_lanescope_replay": round(least[name] / ours, 2),
            "aimed_at": GOALS.get(name),
        }
        for name, times in found.items()
    ]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=25)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fake = Fake(build(Path(folder)))
        runner = Runner(0, ToyKernels(), CudaOptions(isolate=False))
        with Holdings(runner.driver) as holdings:
            program, bound = compiled(long_plan(arguments.chunks), runner, holdings)
            calls = driver_calls(program)
            success = runner.driver.success
            issued = [call for call in calls if not call[0].__name__.endswith("Synchronize")]
            loops: dict[str, Callable[[], object]] = {
                OURS: stamped(issued, success),
                BARE: bare(issued, success),
                CORE: CoreLoop(program, bound, stamped=True),
                CORE_BARE: CoreLoop(program, bound, stamped=False),
            }
            made = {name: counted(fake, loop) for name, loop in loops.items()}
            print(json.dumps({"calls": made}), file=sys.stderr)
            runner.driver.call("cuCtxSynchronize")
            fake.do_nothing(True)
            found = nanoseconds(loops, len(issued), arguments.repeats)
            fake.do_nothing(False)
            runner.driver.call("cuCtxSynchronize")
        runner.close()
    return report(found, made, len(issued))


def report(found: dict[str, list[float]], made: dict[str, int], calls: int) -> int:
    """Print the result; 1 where the loops did not make the same calls."""
    if not made[OURS] == made[BARE] == calls <= made[CORE] == made[CORE_BARE]:
        print(f"the loops do not make the same calls: {made}, and the plan has {calls}", file=sys.stderr)
        return 1
    result = {
        "name": "Replay of a plan",
        "about": f"Processor time of one of {calls} driver calls (copies, kernels, records, waits) over a driver whose "
        f"entry points return at once; least and median of several runs taken in turn. All make the same calls in "
        f"the same order; cuda.core also makes and destroys its events, {made[CORE]} calls in all. No GPU was used.",
        "versions": {"cuda-bindings": version("cuda-bindings"), "cuda-core": version("cuda-core")},
        "rows": table(found),
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
