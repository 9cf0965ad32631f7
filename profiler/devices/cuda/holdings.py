"""What is taken from the driver, and given back on every path."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.devices.cuda.driver import Driver
from profiler.devices.cuda.failures import DriverError

Bytes = npt.NDArray[np.uint8]


class Holdings:
    """Handles and memory, given back in reverse order when the ``with`` block ends.

    A call that fails to give something back does not keep the rest from being given back; the first such failure is
    raised at the end, unless another error is on its way, or has been: after some errors the driver answers every call
    with the same one, and that one has been told.
    """

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._back: list[tuple[str, Any]] = []
        self._arrays: list[Bytes] = []

    def context(self, device: Any) -> Any:
        """The device's primary context, made current on the calling thread."""
        context = self._taken("cuDevicePrimaryCtxRelease", device, "cuDevicePrimaryCtxRetain", device)
        self.driver.call("cuCtxSetCurrent", context)
        return context

    def stream(self, *, non_blocking: bool = True, priority: int = 0) -> Any:
        """A stream of its own; ``priority`` is as the driver counts it, lower first."""
        flag = self.driver.api.CUstream_flags
        flags = flag.CU_STREAM_NON_BLOCKING if non_blocking else flag.CU_STREAM_DEFAULT
        return self._new("cuStreamDestroy", "cuStreamCreateWithPriority", int(flags), priority, doing="a stream")

    def event(self, *, timed: bool = True) -> Any:
        """An event that carries a time, or one that only orders, which is several times cheaper to record."""
        flag = self.driver.api.CUevent_flags
        flags = flag.CU_EVENT_DEFAULT if timed else flag.CU_EVENT_DISABLE_TIMING
        return self._new("cuEventDestroy", "cuEventCreate", int(flags), doing="an event")

    def device_memory(self, size: int, doing: str = "") -> Any:
        """Device memory, its content undefined."""
        return self._new("cuMemFree", "cuMemAlloc", size, doing=doing)

    def pinned(self, size: int, doing: str = "", *, mapped: bool = False) -> int:
        """Address of page-locked host memory; ``mapped``: kernels reach it too (see `mapped_pointer`)."""
        flags = self.driver.api.CU_MEMHOSTALLOC_DEVICEMAP if mapped else 0
        return int(self._new("cuMemFreeHost", "cuMemHostAlloc", size, flags, doing=doing))

    def mapped_pointer(self, address: int) -> Any:
        """What a kernel calls mapped host memory."""
        return self.driver.call("cuMemHostGetDevicePointer", address, 0)

    def pageable(self, size: int) -> int:
        """Address of ordinary host memory, all of its pages present."""
        array = np.zeros(size, np.uint8)
        array.fill(1)
        self._arrays.append(array)
        return int(array.ctypes.data)

    def module(self, image: bytes, doing: str) -> Any:
        """A loaded module."""
        return self._new("cuModuleUnload", "cuModuleLoadData", image, doing=doing)

    def captured(self, stream: Any) -> Any:
        """The graph that ``stream`` has captured, ready to launch."""
        graph = self._new("cuGraphDestroy", "cuStreamEndCapture", stream, doing="capturing a graph")
        return self._new("cuGraphExecDestroy", "cuGraphInstantiate", graph, 0, doing="making a graph executable")

    def __enter__(self) -> Holdings:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        failure = self.release()
        if failure is not None and error is None:
            raise failure

    def release(self) -> DriverError | None:
        """Give everything back; the first failure, if there is one."""
        first: DriverError | None = None
        told = self.driver.lost
        while self._back:
            name, handle = self._back.pop()
            code = self.driver.attempt(name, handle)
            if code and first is None:
                first = self.driver.failure(name, code, doing="giving back what the run used")
        self._arrays.clear()
        return None if first is not None and told and first.sticky else first

    def _new(self, back: str, name: str, *arguments: Any, doing: str = "") -> Any:
        handle = self.driver.call(name, *arguments, doing=doing)
        self._back.append((back, handle))
        return handle

    def _taken(self, back: str, returned: Any, name: str, *arguments: Any) -> Any:
        handle = self.driver.call(name, *arguments, doing="making the device's context")
        self._back.append((back, returned))
        return handle


def host_view(address: int, size: int) -> Bytes:
    """The bytes at a host address, without a copy. Valid as long as the memory is held."""
    import ctypes

    return np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(address))
