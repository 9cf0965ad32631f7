"""Issue order on five kinds of hardware, with the strategies themselves: which of depth- and breadth-first is best."""

from __future__ import annotations

from typing import Any

import pytest

from profiler.devices.sim.device import SimDevice
from profiler.plan.model import StreamConfig
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from tests.helpers.gpus import toy_gpu

CHUNKS, STREAMS, STAGE_NS = 8, 4, 1_000


def stage(samples: int) -> tuple[KernelCall, ...]:
    return (KernelCall("stage", (1, 1, 1), (32, 1, 1), duration_ns=samples * STAGE_NS),)


#: Copy in, kernel and copy out of one sample take 1 us each at 25 GB/s.
WORKLOAD = Workload("three equal stages", "fp32", 25_000, 25_000, stage)


@pytest.mark.parametrize(
    ("hardware", "depth", "breadth"),
    [
        ({"copy_engines": 1, "engine_queue": "issue"}, 1.00, 1.50),
        ({"copy_engines": 2, "engine_queue": "issue", "late_kernel_signal": True}, 2.40, 1.60),
        ({"copy_engines": 2, "hardware_queues": 1}, 1.41, 1.26),
        ({"copy_engines": 2, "hardware_queues": 4}, 2.40, 2.40),
        ({"copy_engines": 1, "hardware_queues": 4}, 1.50, 1.50),
    ],
    ids=["C1060 class", "C2050 class", "one hardware queue", "Kepler and later", "one copy engine"],
)
def test_speed_up_over_serial(hardware: dict[str, Any], depth: float, breadth: float) -> None:
    """Breadth-first goes round the streams here: as many buffers as streams, so eight chunks are two rounds."""
    device = SimDevice(toy_gpu(htod_gb_per_s=25.0, dtoh_gb_per_s=25.0, **hardware))
    config = StreamConfig(streams=STREAMS, chunks=CHUNKS, buffers=STREAMS)
    for strategy, wanted in (("depth-first", depth), ("breadth-first", breadth)):
        timings = device.execute(make_plan(strategy, WORKLOAD, CHUNKS, config))
        assert round(3 * CHUNKS * STAGE_NS / int(timings.end.max()), 2) == wanted
