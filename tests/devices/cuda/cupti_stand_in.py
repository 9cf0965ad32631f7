"""Stands in for ``cupti`` over the fake driver: records of what its engines did, as far as the recorder asks for them.

None of NVIDIA's package is used: only the names that `profiler.devices.cuda.cupti_times` calls are here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from random import Random
from types import SimpleNamespace
from typing import Any

from profiler.devices.cuda.options import CudaOptions
from profiler.devices.cuda.runner import Runner
from profiler.errors import LanescopeError
from profiler.plan.model import Plan
from tests.devices.cuda import cases
from tests.helpers.fake_driver.toys import ToyKernels

#: Numbers of the kinds, of no meaning but that they differ.
KIND = SimpleNamespace(CONCURRENT_KERNEL=10, MEMCPY=1)

#: The fake's engines to CUDA's kind of copy; what is not here is a kernel.
COPY_KINDS = {0: 1, 1: 2}

Spoil = Callable[[list[Any]], list[Any]]


class StandIn:
    """The functions of ``cupti.cupti``."""

    ActivityKind = KIND

    def __init__(self, spoil: Spoil = lambda records: records) -> None:
        self.enabled: set[int] = set()
        self._spoil = spoil
        self._given = 0
        self._done: Callable[[Sequence[Any]], None] = lambda records: None

    def activity_register_callbacks(self, request: Callable[[], tuple[int, int]], done: Any) -> None:
        assert request()[0] >= 1 << 20
        self._done = done

    def activity_enable(self, kind: int) -> None:
        self.enabled.add(kind)

    def activity_disable(self, kind: int) -> None:
        self.enabled.discard(kind)
        self._skip()

    def activity_flush_all(self, forced: int) -> None:
        served = cases.fake().served()
        records = [self._record(n, *served[n]) for n in range(self._given, len(served))]
        self._given = len(served)
        Random(len(records)).shuffle(records)
        self._done(self._spoil(records) if self.enabled else [])

    def get_timestamp(self) -> int:
        return cases.fake().now()

    def _skip(self) -> None:
        self._given = len(cases.fake().served())

    def _record(self, number: int, engine: int, stream: int, start: int, end: int) -> Any:
        copy_kind = COPY_KINDS.get(engine)
        kind = KIND.CONCURRENT_KERNEL if copy_kind is None else KIND.MEMCPY
        return SimpleNamespace(correlation_id=number, start=start, end=end, kind=kind, copy_kind=copy_kind)


def run_recorded(plan: Plan, options: CudaOptions, spoil: Spoil | None = None) -> dict[str, Any]:
    """What became of two repeats of a plan, what the engines did meanwhile, and what CUPTI still records after it."""
    stand_in = StandIn(spoil or (lambda records: records))
    sys.modules["cupti"] = SimpleNamespace(cupti=stand_in)
    found: dict[str, Any] = {"rows": [], "served": [], "error": ""}
    try:
        with (
            closing(Runner(0, ToyKernels(), options)) as runner,
            closing(runner.run(plan, repeats=2, warmup=0)) as rows,
        ):
            before = 0
            for row, measured in rows:
                served = cases.fake().served()
                if row is not None:
                    found["rows"].append(row)
                    found["served"].append(served[before:])
                before = len(served)
                found["source"], found["extra"] = measured.source, dict(measured.extra)
    except LanescopeError as error:
        found["error"], found["kind"] = str(error), type(error).__name__
    finally:
        del sys.modules["cupti"]
    cases.fake().forget_served()
    found["recording"], found["leaks"] = sorted(stand_in.enabled), cases.fake().leaks()
    cases.fake().forget_leaks()
    return found


def one_lost(records: list[Any]) -> list[Any]:
    """As if a buffer had been dropped."""
    return records[1:]


def one_changed(records: list[Any]) -> list[Any]:
    """As if another program's copy stood in a kernel's place."""
    for record in records:
        if record.kind == KIND.CONCURRENT_KERNEL:
            record.kind, record.copy_kind = KIND.MEMCPY, 8
            break
    return records


def refused(plan: Plan, options: CudaOptions) -> dict[str, Any]:
    """As `run_recorded`, where CUPTI belongs to another profiler."""

    def busy(kind: int) -> None:
        raise RuntimeError("ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED")

    found: dict[str, Any] = {}
    stand_in = StandIn()
    stand_in.activity_enable = busy
    sys.modules["cupti"] = SimpleNamespace(cupti=stand_in)
    try:
        Runner(0, ToyKernels(), options)
    except LanescopeError as error:
        found["error"], found["code"] = str(error), error.exit_code
    finally:
        del sys.modules["cupti"]
    return found
