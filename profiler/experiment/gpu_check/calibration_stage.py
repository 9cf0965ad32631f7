"""The calibrate stage: a GPU file fitted to the device."""

from __future__ import annotations

from contextlib import ExitStack

from profiler.experiment.calibration.calibrate import calibrate
from profiler.experiment.calibration.session import gpu_file
from profiler.experiment.gpu_check.context import Context, Outcome, passed
from profiler.experiment.gpu_check.results import write_whole

FILE = "gpu.toml"


def run(context: Context) -> Outcome:
    """Calibrate, and write the file that the next stage predicts with."""
    with ExitStack() as stack:
        device = stack.enter_context(context.device(alone=False))
        coarse = device
        if not device.info.simulated:
            coarse = stack.enter_context(context.device("phase", alone=False))
        calibration = calibrate(device, coarse=coarse, repeats=context.knobs.repeats, announce=context.say)
    write_whole(context.results.folder / FILE, gpu_file(calibration).encode())
    loss = 100 * calibration.shares.loss
    return passed(f"{FILE} written; kernels met with a mean error of {loss:.1f} %", **calibration.to_json())
