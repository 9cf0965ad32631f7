"""Names of the CUDA calls that nvprof's databases give only a number.

Source: ``cupti_runtime_cbid.h`` and ``cupti_driver_cbid.h`` of CUPTI; the runtime numbers marked with an asterisk were
checked against PyTorch profiler traces, which have number and name side by side.
"""

from __future__ import annotations

from profiler.trace.schema import Category

_RUNTIME = {
    13: "cudaLaunch",
    20: "cudaMalloc",  # *
    22: "cudaFree",
    31: "cudaMemcpy",
    41: "cudaMemcpyAsync",  # *
    49: "cudaMemset",
    51: "cudaMemsetAsync",  # *
    131: "cudaStreamSynchronize",  # *
    135: "cudaEventRecord",  # *
    137: "cudaEventSynchronize",
    138: "cudaEventQuery",  # *
    147: "cudaStreamWaitEvent",  # *
    165: "cudaDeviceSynchronize",  # *
    211: "cudaLaunchKernel",  # *
}
_DRIVER = {307: "cuLaunchKernel"}  # *


def call_name(category: Category, number: int) -> str:
    """The call's name; for a number not listed here, the interface and the number."""
    if category is Category.DRIVER:
        return _DRIVER.get(number, f"driver call {number}")
    return _RUNTIME.get(number, f"runtime call {number}")
