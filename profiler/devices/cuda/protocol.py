"""What the program and its worker process tell each other: tuples that begin with a name, over a pipe of their own."""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Callable
from dataclasses import dataclass, replace

import profiler.errors
from profiler.devices.cuda.failures import DriverError
from profiler.devices.cuda.functions import KernelTable
from profiler.devices.cuda.options import CudaOptions
from profiler.errors import DeviceError, LanescopeError
from profiler.plan.model import Plan
from profiler.workload.model import KernelCall

# From the program.
RUN, STOP, WHERE, CLOSE = "run", "stop", "where", "close"
# From the worker.
READY, RUNNING, ROW, DONE, FAILED, AT = "ready", "running", "row", "done", "failed", "at"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a worker is started with.

    Attributes
    ----------
    ordinal : int
    table : str
        ``module:function`` of what makes the `KernelTable` from the seed of its weights.
    options : CudaOptions
    """

    ordinal: int
    table: str
    options: CudaOptions


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as plain values, and whether the worker is of no more use."""

    kind: str
    what: str
    where: str | None
    remedy: str | None
    lost: bool = False

    @classmethod
    def of(cls, error: LanescopeError) -> Failure:
        """The error as it crosses the pipe."""
        lost = isinstance(error, DriverError) and error.sticky
        kind = "DeviceError" if isinstance(error, DriverError) else type(error).__name__
        return cls(kind, error.what, error.where, error.remedy, lost)

    def error(self) -> LanescopeError:
        """The error as it is raised."""
        kind = getattr(profiler.errors, self.kind, DeviceError)
        made: LanescopeError = kind(self.what, where=self.where, remedy=self.remedy)
        return made


def load_table(name: str, seed: int) -> KernelTable:
    """The kernel table that ``module:function`` makes, with weights of this seed."""
    module, function = name.split(":")
    make: Callable[[int], KernelTable] = getattr(importlib.import_module(module), function)
    return make(seed)


def sendable(plan: Plan) -> Plan:
    """The plan as it crosses the pipe: a workload that cannot, such as one made of closures, gets another recipe.

    The steps carry all kernels already; what is left to ask a workload for is which kernels a sample has.
    """
    try:
        pickle.dumps(plan.workload)
    except (pickle.PicklingError, AttributeError, TypeError):
        return replace(plan, workload=replace(plan.workload, build=Written(plan.workload.kernels(1))))
    return plan


@dataclass(frozen=True)
class Written:
    """Stands for a recipe that stayed in the program: the kernels of one sample, whatever is asked for."""

    kernels: tuple[KernelCall, ...]

    def __call__(self, samples: int) -> tuple[KernelCall, ...]:
        """The kernels."""
        return self.kernels
