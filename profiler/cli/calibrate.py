"""``lanescope calibrate``: a file for the simulator, fitted to what a device shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from profiler.cli.options import JsonOption, OutputOption
from profiler.cli.output import print_json, print_text, progress, write_text
from profiler.cli.values import output_path, read_whole
from profiler.errors import UsageError

if TYPE_CHECKING:
    from profiler.experiment.calibration.calibrate import Calibration

#: What is announced one after another, for the progress bar.
PARTS = 4

DeviceOption = Annotated[
    str, typer.Option("--device", metavar="cuda:0", help="The GPU to measure; auto takes the first there is.")
]
RepeatsOption = Annotated[str, typer.Option("--repeats", metavar="N", help="Runs of each measurement.")]


def command(
    device: DeviceOption = "auto", output: OutputOption = None, repeats: RepeatsOption = "5", json: JsonOption = False
) -> None:
    """Measure a GPU and write a file that makes ``--device sim:FILE.toml`` behave like it."""
    path = output_path(output)
    if path is None and not json:
        raise UsageError("nothing says where to write", where="-o", remedy="Name a file, such as -o gpu.toml.")
    if path is not None and path.suffix.lower() != ".toml":
        raise UsageError(f"{path.name!r} names no GPU file", where="-o", remedy="End it in .toml.")
    calibration = _measure(device, read_whole("--repeats", repeats, 1, 1000))
    if path is not None:
        from profiler.experiment.calibration.session import gpu_file

        write_text(path, gpu_file(calibration))
    if json:
        print_json(calibration.to_json())
    else:
        _print(calibration, str(path))


def _measure(device: str, repeats: int) -> Calibration:
    from profiler.experiment.calibration.session import calibrate_device

    with progress(PARTS, "measurements") as advance:
        return calibrate_device(device, repeats=repeats, announce=lambda part: advance(1))


def _print(calibration: Calibration, path: str) -> None:
    gpu, links, pace = calibration.gpu, calibration.links, calibration.pace
    subject = f"the simulated {gpu.name}" if calibration.simulated else gpu.name
    print_text(f"Fitted {path} to {subject}.")
    print_text(
        f"Copies in {float(gpu.htod_gb_per_s):.1f} and out {float(gpu.dtoh_gb_per_s):.1f} GB/s, "
        f"{links.overhead_ns / 1000:.2f} µs each; a kernel that does nothing {pace.fixed_ns / 1000:.2f} µs, "
        f"the gap to the next {pace.gap_ns / 1000:.2f} µs."
    )
    print_text(f"Kernels are met with a mean error of {100 * calibration.shares.loss:.1f} %, totals included.")
    print_text(f"Use it: --device sim:{path}")
