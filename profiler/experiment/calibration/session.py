"""Calibrating a device by its name, and the file that comes of it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import date

from profiler.devices.registry import Measuring, open_device
from profiler.devices.sim.render import render_gpu
from profiler.errors import DeviceError
from profiler.experiment.calibration.calibrate import REPEATS, Announce, Calibration, calibrate


def calibrate_device(
    spec: str,
    *,
    repeats: int = REPEATS,
    seed: int = 0,
    jitter_percent: float = 0.0,
    today: date | None = None,
    announce: Announce = lambda part: None,
) -> Calibration:
    """The calibration of ``cuda:N`` or, to try the method, of ``sim:NAME``.

    Raises
    ------
    DeviceError
        The GPU cannot be used; or ``auto`` was given and there is none.
    """
    with ExitStack() as stack:
        device = stack.enter_context(closing(open_device(spec, seed=seed, jitter_percent=jitter_percent)))
        if spec == "auto" and device.info.simulated:
            raise DeviceError(
                "there is no GPU to measure, and nothing to learn from a simulated one",
                where="--device auto",
                remedy="Run this where a GPU is. The shipped files simulate: --device sim:NAME, see lanescope devices.",
            )
        coarse = device
        if not device.info.simulated:
            coarse = stack.enter_context(closing(open_device(device.info.spec, measuring=Measuring(detail="phase"))))
        return calibrate(device, coarse=coarse, repeats=repeats, today=today, announce=announce)


def gpu_file(calibration: Calibration) -> str:
    """The text of the GPU file, with a comment that says what it was fitted to."""
    gpu = calibration.gpu
    subject = f"the simulated {gpu.name}" if calibration.simulated else calibration.limits.name
    runs = ", ".join(dict.fromkeys(f"{run.network} at {run.batch}" for run in calibration.runs))
    comment = (
        f"Fitted to {subject} by lanescope calibrate.\n"
        f"Kernels were measured in: {runs}.\n"
        "Every number has its source under [source]."
    )
    return render_gpu(gpu, comment)
