"""A GPU file fitted to a device, through nothing but the times of plans it executes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from profiler.devices.base import Device, DeviceInfo
from profiler.devices.sim.gpu import CallCosts, GpuModel
from profiler.experiment.calibration.chains import Pace, measure_pace
from profiler.experiment.calibration.copies import Links, measure_links
from profiler.experiment.calibration.fitting import Shares
from profiler.experiment.calibration.kernels import BATCHES, NETWORKS, KernelRun, fit_kernels, measure_kernels
from profiler.experiment.calibration.limits import LIMIT_KEYS, Limits, device_limits
from profiler.workload.model import PRECISIONS

REPEATS = 5

#: What a class is given that no measured kernel was bound by, as the shipped files have it for kernels without
#: multiply-adds; see the lower limit in `_efficiencies`.
UNSEEN_SHARE = 0.5

#: Pending operations where no call was held back. Source: Meta's Holistic Trace Analysis, 1022 to 1024 a stream.
PENDING_OPS = 1024

Announce = Callable[[str], None]


@dataclass(frozen=True)
class Calibration:
    """A fitted GPU and what it was fitted to.

    Attributes
    ----------
    gpu : GpuModel
        With a source for every number.
    simulated : bool
        Whether the device that was measured is itself simulated.
    """

    gpu: GpuModel
    simulated: bool
    limits: Limits
    links: Links
    pace: Pace
    runs: tuple[KernelRun, ...]
    shares: Shares

    def to_json(self) -> dict[str, Any]:
        """What was measured, as plain values."""
        sweeps = [asdict(sweep) for sweep in self.links.sweeps.values()]
        links = {key: value for key, value in asdict(self.links).items() if key != "sweeps"}
        return {
            "gpu": self.gpu.name,
            "simulated": self.simulated,
            "sweeps": sweeps,
            "links": links,
            "pace": asdict(self.pace),
            "memory_efficiency": self.shares.memory,
            "efficiency": {f"{p}.{c}": share for (p, c), share in self.shares.compute.items()},
            "bound_kernels": {f"{p}.{c}": count for (p, c), count in self.shares.bound.items()},
            "kernel_loss": self.shares.loss,
        }


def calibrate(
    device: Device,
    *,
    coarse: Device | None = None,
    repeats: int = REPEATS,
    networks: Sequence[str] = NETWORKS,
    batches: Sequence[int] = BATCHES,
    today: date | None = None,
    announce: Announce = lambda stage: None,
) -> Calibration:
    """The GPU file that makes a simulation behave like ``device``.

    Parameters
    ----------
    device : Device
    coarse : Device, optional
        The same GPU measured with fewer stamps, to see what the stamps themselves cost.
    repeats : int
        Of every measurement; medians count.
    networks, batches
        What kernels are measured in.
    today : date, optional
        For the sources.
    announce : callable
        Told what is measured next.

    Raises
    ------
    DeviceError
        The device failed.
    """
    limits = device_limits(device)
    announce("copies")
    links = measure_links(device, repeats)
    announce("kernel pace and host calls")
    pace = measure_pace(device, coarse or device, repeats, links.overhead_ns)
    announce("kernels of the networks")
    runs = measure_kernels(device, pace, repeats, networks=networks, batches=batches)
    plain = _plain_gpu(device.info, limits, links, pace)
    announce("fit")
    shares = fit_kernels(runs, plain, pace.fixed_ns)
    texts = _Texts(device.info, limits, today or date.today())
    gpu = _with_shares(plain, shares)
    gpu = replace(gpu, source=texts.sources(gpu, pace, shares))
    return Calibration(gpu, device.info.simulated, limits, links, pace, tuple(runs), shares)


def _plain_gpu(info: DeviceInfo, limits: Limits, links: Links, pace: Pace) -> GpuModel:
    """The fitted GPU but for its shares of peak."""
    rates: dict[str, Any] = {
        f"{'pageable_' if memory == 'pageable' else ''}{direction}_gb_per_s": _digits(sweep.line.bytes_per_ns)
        for (direction, memory), sweep in links.sweeps.items()
    }
    return GpuModel(
        name=slug(info.name),
        **{key: getattr(limits, key) for key in LIMIT_KEYS},
        **rates,
        duplex_factor=_digits(links.duplex, 3),
        copy_overhead_us=_us(links.overhead_ns),
        copy_latency_us=_us(links.latency_ns),
        sync_return_us=_us(links.sync_return_ns),
        pageable_async_max_bytes=links.async_bytes,
        kernel_gap_us=_us(pace.gap_ns),
        kernel_fixed_us=_us(pace.fixed_ns),
        launch_latency_us=_us(pace.launch_latency_ns),
        graph_launch_us=_us(pace.graph_latency_ns),
        graph_node_gap_us=_us(pace.node_gap_ns),
        pending_ops=pace.pending or PENDING_OPS,
        call_us=CallCosts(
            launch=_us(pace.launch_ns),
            memcpy=_us(links.call_ns),
            record=_us(pace.record_ns),
            wait=_us(pace.wait_ns),
            sync=_us(pace.sync_ns),
            graph_launch=_us(pace.graph_launch_ns),
        ),
    )


def _with_shares(gpu: GpuModel, shares: Shares) -> GpuModel:
    """The GPU with its efficiencies; a peak that kernels exceed is raised to what they reach."""
    efficiency: dict[str, dict[str, Fraction]] = {}
    peaks = {"fp32": gpu.fp32_tflops, "int8": gpu.int8_tops}
    for precision in PRECISIONS:
        found = _efficiencies(shares, precision)
        most = max(found.values(), default=0.0)
        peaks[precision] = _raised(peaks[precision], most)
        efficiency[precision] = {name: _digits(share / max(1.0, most)) for name, share in found.items()}
    return replace(
        gpu,
        efficiency=efficiency,
        memory_efficiency=_digits(min(1.0, shares.memory)),
        memory_gb_per_s=_raised(gpu.memory_gb_per_s, shares.memory),
        fp32_tflops=peaks["fp32"],
        int8_tops=peaks["int8"],
    )


def _efficiencies(shares: Shares, precision: str) -> dict[str, float]:
    """By class; one that decided no kernel is no lower than it must be, nor than `UNSEEN_SHARE`."""
    return {
        name: share if shares.bound[kind, name] else max(share, UNSEEN_SHARE)
        for (kind, name), share in shares.compute.items()
        if kind == precision
    }


class _Texts:
    """Where each number comes from. Only a real device is ever said to have been measured."""

    def __init__(self, info: DeviceInfo, limits: Limits, today: date) -> None:
        day = today.isoformat()
        if info.simulated:
            self._measured = f"fitted to the simulated {info.name}"
            self._read = f"taken from the simulated {info.name}"
            self._peak = self._read
        else:
            on = f"{info.name}, driver {limits.driver}, {day}"
            self._measured = f"measured on {on}"
            self._read = f"device attribute of {on}"
            self._peak = f"{limits.peaks_from}; {self._read}"

    def sources(self, gpu: GpuModel, pace: Pace, shares: Shares) -> dict[str, str]:
        """A text for every number of the file, by dotted key."""
        read = dict.fromkeys(LIMIT_KEYS, self._read)
        read |= dict.fromkeys(("fp32_tflops", "int8_tops", "memory_gb_per_s", "full_rate_threads_per_sm"), self._peak)
        measured = [
            key
            for key in ("duplex_factor", "pageable_async_max_bytes", "pending_ops", *_keys_with(gpu, "_us"))
            if key != "call_us"
        ]
        texts = {"name": self._read, **read}
        texts |= dict.fromkeys([*measured, *_rates(gpu)], self._measured)
        texts |= {f"call_us.{key}": self._measured for key in asdict(gpu.call_us)}
        texts |= {"memory_efficiency": self._measured}
        if not pace.pending:
            texts["pending_ops"] = "assumed: no call was held back; Holistic Trace Analysis says 1022 to 1024"
        for (precision, name), count in shares.bound.items():
            seen = f"{self._measured}, {count} kernels"
            texts[f"efficiency.{precision}.{name}"] = seen if count else "assumed: another roof held for every kernel"
        return texts


def _keys_with(gpu: GpuModel, ending: str) -> list[str]:
    return [key for key in gpu.__dataclass_fields__ if key.endswith(ending)]


def _rates(gpu: GpuModel) -> list[str]:
    return [key for key in _keys_with(gpu, "_gb_per_s") if key not in LIMIT_KEYS]


def slug(name: str) -> str:
    """A name for files and options: lower case, words joined by dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "gpu"


def _raised(peak: Fraction, most: float) -> Fraction:
    """The peak, or what kernels reach where that is more."""
    return _digits(float(peak) * most) if most > 1 else peak


def _us(ns: float) -> Fraction:
    """Nanoseconds as microseconds, to a hundredth."""
    return Fraction(round(ns / 10), 100)


def _digits(value: float, digits: int = 4) -> Fraction:
    """The number with so many significant digits."""
    return Fraction(f"{value:.{digits}g}")
