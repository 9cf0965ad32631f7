"""The figures of one device, with the keys of ``analyze --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from profiler.analysis.exposure import Exposure


@dataclass(frozen=True, slots=True)
class Migrations:
    """Unified-memory migrations: neither copies nor work, so shown apart."""

    htod: int
    dtoh: int
    sum_ns: int

    def to_json(self) -> dict[str, int]:
        """Counts and the sum of the lengths."""
        return {"htod": self.htod, "dtoh": self.dtoh, "sum_ns": self.sum_ns}


@dataclass(frozen=True, slots=True)
class Hiding:
    """How much copy time lies under compute.

    Attributes
    ----------
    kernels : int or None
        Kernels counted as compute; ``None`` where the source has compute spans instead.
    compute_ns : int
        Union of the compute.
    hidden_ns, exposed_ns : int
        Union of the copies between host and device, under compute and not; together that union.
    hidden_sum_ns : int
        Sum over those copies of the part of each under compute.
    hidden_fraction : float or None
        Of the union; ``None`` without copies.
    causes : mapping of str to int
        ``exposed_ns`` by cause, in the order of the causes.
    """

    kernels: int | None
    compute_ns: int
    hidden_ns: int
    hidden_sum_ns: int
    hidden_fraction: float | None
    exposed_ns: int
    causes: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """All fields under their names."""
        return {
            "kernels": self.kernels,
            "compute_ns": self.compute_ns,
            "hidden_ns": self.hidden_ns,
            "hidden_sum_ns": self.hidden_sum_ns,
            "hidden_fraction": self.hidden_fraction,
            "exposed_ns": self.exposed_ns,
            "causes": dict(self.causes),
        }


@dataclass(frozen=True, slots=True)
class Group:
    """Slices of a device that share a stream, engine, request or name."""

    key: str
    count: int
    sum_ns: int
    union_ns: int
    min_ns: int
    median_ns: int
    max_ns: int
    size_bytes: int

    def to_json(self) -> dict[str, Any]:
        """All fields under their names."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class DeviceOverlap:
    """Figures of one physical GPU in a window, all times in integer ns. ``docs/definitions.md`` defines each.

    Attributes
    ----------
    exposure : Exposure
        Exposed copy time piece by piece over the whole trace, for drawing; not in the JSON.
    """

    device: int
    name: str
    communication_kernels: int
    htod: int
    dtoh: int
    dtod: int
    other_copies: int
    memsets: int
    graphs: int
    graph_ns: int
    migrations: Migrations
    streams: int
    span_ns: int
    kernel_sum_ns: int
    copy_sum_ns: int
    copy_ns: int
    htod_ns: int
    dtoh_ns: int
    duplex_ns: int
    busy_ns: int
    covered_ns: int
    hiding: Hiding
    without_communication: Hiding
    groups: tuple[Group, ...]
    exposure: Exposure = field(repr=False)

    @property
    def kernels(self) -> int | None:
        """Kernels; ``None`` where the source has compute spans instead."""
        return self.hiding.kernels

    @property
    def compute_ns(self) -> int:
        """Union of the kernels."""
        return self.hiding.compute_ns

    @property
    def hidden_ns(self) -> int:
        """Copy time under kernels."""
        return self.hiding.hidden_ns

    @property
    def hidden_sum_ns(self) -> int:
        """Sum over the copies of the part of each under kernels."""
        return self.hiding.hidden_sum_ns

    @property
    def hidden_fraction(self) -> float | None:
        """Hidden over copy time; ``None`` without copies."""
        return self.hiding.hidden_fraction

    @property
    def exposed_ns(self) -> int:
        """Copy time not under kernels."""
        return self.hiding.exposed_ns

    @property
    def causes(self) -> Mapping[str, int]:
        """Exposed time by cause."""
        return self.hiding.causes

    @property
    def idle_ns(self) -> int:
        """Span in which nothing ran."""
        return self.span_ns - self.busy_ns

    def to_json(self) -> dict[str, Any]:
        """One item of the ``devices`` list of ``analyze --json``."""
        return {
            "device": self.device,
            "name": self.name,
            "kernels": self.kernels,
            "communication_kernels": self.communication_kernels,
            "htod": self.htod,
            "dtoh": self.dtoh,
            "dtod": self.dtod,
            "other_copies": self.other_copies,
            "memsets": self.memsets,
            "graphs": self.graphs,
            "graph_ns": self.graph_ns,
            "migrations": self.migrations.to_json(),
            "streams": self.streams,
            "span_ns": self.span_ns,
            "kernel_sum_ns": self.kernel_sum_ns,
            "compute_ns": self.compute_ns,
            "copy_sum_ns": self.copy_sum_ns,
            "copy_ns": self.copy_ns,
            "htod_ns": self.htod_ns,
            "dtoh_ns": self.dtoh_ns,
            "duplex_ns": self.duplex_ns,
            "hidden_ns": self.hidden_ns,
            "hidden_sum_ns": self.hidden_sum_ns,
            "hidden_fraction": self.hidden_fraction,
            "exposed_ns": self.exposed_ns,
            "busy_ns": self.busy_ns,
            "idle_ns": self.idle_ns,
            "covered_ns": self.covered_ns,
            "causes": dict(self.causes),
            "without_communication": self.without_communication.to_json(),
            "groups": [group.to_json() for group in self.groups],
        }
