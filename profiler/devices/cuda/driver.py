"""The driver's entry points, each call checked."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from profiler.devices.cuda.failures import SIMULATE, UNKNOWN, Answer, DriverError
from profiler.errors import DeviceError

#: Every entry point this package calls, as ``cuda.bindings.driver`` names it. A test fails each of them once.
OPENING_CALLS = (
    "cuInit",
    "cuDriverGetVersion",
    "cuDeviceGetCount",
    "cuDeviceGet",
    "cuDeviceGetName",
    "cuDeviceGetAttribute",
    "cuDeviceGetPCIBusId",
    "cuDeviceTotalMem",
    "cuDevicePrimaryCtxRetain",
    "cuCtxSetCurrent",
    "cuCtxGetStreamPriorityRange",
)
PREPARING_CALLS = (
    "cuMemAlloc",
    "cuMemHostAlloc",
    "cuMemHostGetDevicePointer",
    "cuMemcpyHtoD",
    "cuMemcpyDtoH",
    "cuMemsetD8",
    "cuMemGetInfo",
    "cuStreamCreateWithPriority",
    "cuEventCreate",
    "cuModuleLoadData",
    "cuModuleGetFunction",
    "cuFuncSetAttribute",
    "cuOccupancyMaxActiveBlocksPerMultiprocessor",
    "cuStreamBeginCapture",
    "cuEventRecordWithFlags",
    "cuStreamEndCapture",
    "cuGraphInstantiate",
    "cuGraphUpload",
)
RUNNING_CALLS = (
    "cuMemcpyHtoDAsync",
    "cuMemcpyDtoHAsync",
    "cuMemcpyDtoDAsync",
    "cuLaunchKernel",
    "cuEventRecord",
    "cuEventQuery",
    "cuEventElapsedTime",
    "cuEventSynchronize",
    "cuStreamWaitEvent",
    "cuStreamWaitValue32",
    "cuStreamSynchronize",
    "cuCtxSynchronize",
    "cuGraphLaunch",
)
RELEASING_CALLS = (
    "cuMemFree",
    "cuMemFreeHost",
    "cuStreamDestroy",
    "cuEventDestroy",
    "cuModuleUnload",
    "cuGraphExecDestroy",
    "cuGraphDestroy",
    "cuDevicePrimaryCtxRelease",
)
NAMING_CALLS = ("cuGetErrorName", "cuGetErrorString")
CALLS = (*OPENING_CALLS, *PREPARING_CALLS, *RUNNING_CALLS, *RELEASING_CALLS, *NAMING_CALLS)

#: The oldest driver whose entry points suffice, as ``cuDriverGetVersion`` counts: 12.0.
OLDEST_DRIVER = 12000


class Driver:
    """The driver of this machine, initialized.

    Attributes
    ----------
    api : module
        ``cuda.bindings.driver``, for its types and for calls that are made in a prepared loop.
    success : object
        The one value that means success.
    version : int
        Of the driver: 1000 x major + 10 x minor.
    lost : bool
        Whether a call failed in a way after which this process can use the device no more.

    Raises
    ------
    DeviceError
        There is no driver, it is too old, or it finds no GPU.
    """

    def __init__(self) -> None:
        self.api: Any = _bindings()
        self.success: Any = self.api.CUresult.CUDA_SUCCESS
        self.lost = False
        self.call("cuInit", 0, doing="starting the driver")
        self.version = int(self.call("cuDriverGetVersion"))
        if self.version < OLDEST_DRIVER:
            raise DeviceError(
                f"the NVIDIA driver is for CUDA {version_text(self.version)}, and {version_text(OLDEST_DRIVER)} is "
                "the oldest that will do",
                remedy=f"Install a newer driver. {SIMULATE}",
            )

    def call(self, name: str, *arguments: Any, doing: str = "") -> Any:
        """What the entry point returns besides its code: nothing, one value, or a tuple.

        Raises
        ------
        DriverError
            It failed; ``doing`` says what for.
        DeviceError
            The driver has no such entry point.
        """
        code, *values = self._raw(name, *arguments)
        if code is not self.success:
            raise self.failure(name, code, doing=doing)
        return values[0] if len(values) == 1 else tuple(values)

    def attempt(self, name: str, *arguments: Any) -> int:
        """The code of a call that may fail: of giving something back, or of a question."""
        return int(self._raw(name, *arguments)[0])

    def failure(self, name: str, code: Any, *, doing: str = "", where: str | None = None) -> DriverError:
        """The error for a code that an entry point returned."""
        known = self._text("cuGetErrorName", code), self._text("cuGetErrorString", code)
        answer = Answer(name, int(code), known[0] or "an error this cuda-python does not know", known[1])
        error = DriverError(answer, doing=doing, where=where)
        self.lost |= error.sticky
        return error

    def _raw(self, name: str, *arguments: Any) -> tuple[Any, ...]:
        try:
            answer: tuple[Any, ...] = getattr(self.api, name)(*arguments)
        except RuntimeError as error:
            if _is_missing(error):
                raise _no_driver() from error
            raise DeviceError(
                f"the driver has no {name}", remedy=f"Install a newer NVIDIA driver. {SIMULATE}"
            ) from error
        except ValueError as error:
            return (unknown_code(error),)
        return answer

    def _text(self, name: str, code: Any) -> str:
        try:
            result = self.api.CUresult(int(code))
        except ValueError:
            return ""
        answer = self._raw(name, result)
        return answer[1].decode("ascii", "replace") if answer[0] is self.success and answer[1] else ""


def version_text(version: int) -> str:
    """``13.0`` for 13000."""
    return f"{version // 1000}.{version % 1000 // 10}"


def unknown_code(error: ValueError) -> int:
    """The code in a complaint of the bindings that they do not know it: the driver is newer than they are."""
    number = re.match(r"\d+", str(error))
    return int(number.group()) if number else UNKNOWN


def _bindings() -> ModuleType:
    try:
        from cuda.bindings import driver
    except ImportError as error:
        raise DeviceError(
            f"cuda-python cannot be imported: {error}", remedy=f"Install it: pip install cuda-python. {SIMULATE}"
        ) from error
    module: ModuleType = driver
    return module


def _is_missing(error: RuntimeError) -> bool:
    """Whether it is the library that was not found, by a class that every release of the bindings keeps elsewhere."""
    return type(error).__name__ != "FunctionNotFoundError"


def _no_driver() -> DeviceError:
    return DeviceError("no NVIDIA driver is installed: libcuda.so.1 was not found", remedy=SIMULATE)
