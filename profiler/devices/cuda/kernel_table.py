"""The kernels of this project as a run wants them: code for its GPU, resident weights, arguments of every launch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from profiler.devices.cuda.binding import Memory, NetworkBinder, PlainBinder, binder
from profiler.devices.cuda.compile import cubin
from profiler.devices.cuda.functions import Bound, Span
from profiler.devices.cuda.kernel_args import arguments, file_of, function
from profiler.errors import DeviceError
from profiler.plan.model import Launch, Plan
from profiler.workload.model import Workload

_Launches = list[tuple[int, Launch]]


class ProjectKernels:
    """The functions of ``kernels/``. It is a `profiler.devices.cuda.functions.KernelTable`.

    Parameters
    ----------
    seed : int
        Of the weights of networks.
    """

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    def image(self, entry: str, capability: tuple[int, int]) -> bytes:
        """A cubin that holds the function ``entry`` for a GPU of this compute capability."""
        return cubin(file_of(entry), capability)

    def resident_bytes(self, plan: Plan) -> int:
        """Device memory for the weights."""
        content = self.resident(plan)
        return 0 if content is None else content.nbytes

    def resident(self, plan: Plan) -> npt.NDArray[np.uint8] | None:
        """The weights; None where a workload has none."""
        made = _binder(plan.workload, self._seed)
        return made.weights.content if isinstance(made, NetworkBinder) else None

    def bind(self, plan: Plan, spans: dict[int, Span], resident: Span) -> dict[int, Bound]:
        """Function and arguments of every launch, by step number.

        Raises
        ------
        UsageError
            A kernel exists for the simulator only.
        DeviceError
            A chunk's workspace is too small for its kernels.
        """
        made = _binder(plan.workload, self._seed)
        bound = {}
        for launches in _chunks(plan):
            samples = dict(launches[0][1].kernel.params).get("n", 1)
            memory = _memory(launches, spans, resident, made.workspace_bytes(samples))
            for number, launch in launches:
                values = arguments(launch.kernel, made.bind(launch.kernel, samples, memory))
                bound[number] = Bound(function(launch.kernel), values)
        return bound


@lru_cache(maxsize=2)
def _binder(workload: Workload, seed: int) -> NetworkBinder | PlainBinder:
    return binder(workload, seed)


def _chunks(plan: Plan) -> list[_Launches]:
    """Launches with their step numbers, by request and chunk, each in launch order."""
    found: dict[tuple[int, int], _Launches] = {}
    for number, step in enumerate(plan.steps):
        if isinstance(step, Launch):
            found.setdefault((step.request, step.chunk), []).append((number, step))
    return list(found.values())


def _memory(launches: _Launches, spans: dict[int, Span], resident: Span, needed: int) -> Memory:
    """What a chunk works with: its first kernel reads the input, its last writes the output, others the workspace."""
    first, last = launches[0][1], launches[-1][1]
    work = _span(first.writes, spans) if len(launches) > 1 else Span(0, 0)
    if work.size_bytes < needed:
        what = f"the kernels need {needed} bytes of workspace, and the plan has {work.size_bytes}"
        raise DeviceError(what, where=first.kernel.name)
    return Memory(_span(first.reads, spans).address, work.address, _span(last.writes, spans).address, resident.address)


def _span(buffers: Sequence[int], spans: dict[int, Span]) -> Span:
    return spans[buffers[0]] if buffers else Span(0, 0)
