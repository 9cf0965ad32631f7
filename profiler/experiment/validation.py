"""The simulated GPUs against published figures: one serial request each, cell by cell.

A request is estimated in closed form, as the serial strategy runs it: copy in, kernels one after another, copy out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import fmean

from profiler.devices.sim.cost import price
from profiler.devices.sim.gpu import GpuModel, ns_of_us, transfer_ns
from profiler.experiment.published import Figure, PublishedTable
from profiler.workload.model import Workload
from profiler.workload.networks import network

#: Batches whose INT8 gains the article compares.
RATIO_BATCHES = (128, 1)


@dataclass(frozen=True, slots=True)
class SerialTimes:
    """One request, alone on the GPU.

    Attributes
    ----------
    kernels_ns : int
        Start of the first kernel to the end of the last, gaps between them included. Published figures of inference
        engines are compared with this: it is what events around the launches show.
    end_to_end_ns : int
        First host call to the host's knowledge of the result: both copies and all calls included.
    """

    kernels_ns: int
    end_to_end_ns: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A published figure beside the simulated ones, all in the table's unit."""

    figure: Figure
    kernels: float
    end_to_end: float

    @property
    def error(self) -> float:
        """The simulated figure (kernels only) over the published one, less 1."""
        return self.kernels / self.figure.value - 1


@dataclass(frozen=True, slots=True)
class Ratio:
    """INT8 throughput over FP32 throughput of one network at one batch."""

    network: str
    batch: int
    published: float
    simulated: float

    @property
    def error(self) -> float:
        """The simulated ratio over the published one, less 1."""
        return self.simulated / self.published - 1


def serial_times(workload: Workload, batch: int, gpu: GpuModel) -> SerialTimes:
    """Times of one request of ``batch`` samples, pinned memory, one stream.

    The host calls copy, launches, copy and waits without pause. A kernel starts when its predecessor has ended and the
    gap has passed, and not before its call and the launch latency.
    """
    call, gap_ns, latency_ns = gpu.call_us, ns_of_us(gpu.kernel_gap_us), ns_of_us(gpu.launch_latency_us)
    copy_in_ns = _copy_ns(batch * workload.input_bytes, gpu.htod_gb_per_s, gpu)
    copy_out_ns = _copy_ns(batch * workload.output_bytes, gpu.dtoh_gb_per_s, gpu)
    arrived = ns_of_us(gpu.copy_latency_us) + copy_in_ns
    called = ns_of_us(call.memcpy)
    first = ready = end = max(arrived, called + latency_ns)
    for kernel in workload.kernels(batch):
        end = max(ready, called + latency_ns) + price(kernel, gpu).alone_ns
        ready = end + gap_ns
        called += ns_of_us(call.launch)
    done = max(end, called + ns_of_us(gpu.copy_latency_us)) + copy_out_ns + ns_of_us(gpu.sync_return_us)
    return SerialTimes(end - first, max(done, called + ns_of_us(call.memcpy) + ns_of_us(call.sync)))


def _copy_ns(size_bytes: int, gb_per_s: Fraction, gpu: GpuModel) -> int:
    return ns_of_us(gpu.copy_overhead_us) + transfer_ns(size_bytes, gb_per_s)


def cells(table: PublishedTable, gpu: GpuModel) -> tuple[Cell, ...]:
    """Every figure of ``table`` beside what ``gpu`` makes of it."""
    return tuple(_cell(table, figure, gpu) for figure in table.figures)


def _cell(table: PublishedTable, figure: Figure, gpu: GpuModel) -> Cell:
    times = serial_times(network(figure.network, figure.precision), figure.batch, gpu)
    shown = (table.in_unit(figure.batch, time_ns) for time_ns in (times.kernels_ns, times.end_to_end_ns))
    return Cell(figure, *shown)


def ratios(compared: Sequence[Cell]) -> tuple[Ratio, ...]:
    """INT8 over FP32 of every network and batch that has both among ``compared``, which are throughputs."""
    return tuple(_ratios({(c.figure.network, c.figure.batch, c.figure.precision): c for c in compared}))


def _ratios(by_key: dict[tuple[str, int, str], Cell]) -> Iterator[Ratio]:
    for (name, batch, precision), narrow in by_key.items():
        wide = by_key.get((name, batch, "fp32"))
        if precision == "int8" and wide is not None:
            published = narrow.figure.value / wide.figure.value
            yield Ratio(name, batch, published, narrow.kernels / wide.kernels)


def mean_absolute_error(compared: Sequence[Cell] | Sequence[Ratio]) -> float:
    """Mean of the absolute relative errors."""
    return fmean(abs(item.error) for item in compared)
