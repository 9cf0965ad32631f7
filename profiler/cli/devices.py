"""``lanescope devices``: what ``--device`` can name here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.cli.options import JsonOption
from profiler.cli.output import Cell, print_json, print_table, print_text
from profiler.errors import DeviceError

if TYPE_CHECKING:
    from profiler.devices.base import DeviceInfo
    from profiler.devices.sim.gpu import GpuModel

#: Numbers of a GPU file that say most about it.
KEY_NUMBERS = (
    "sm_count",
    "fp32_tflops",
    "int8_tops",
    "memory_gb_per_s",
    "copy_engines",
    "htod_gb_per_s",
    "dtoh_gb_per_s",
)

_HEADINGS = ("device", "name", "SMs", "TFLOPS", "TOPS", "mem GB/s", "engines", "HtoD GB/s", "DtoH GB/s", "assumed")
_LEFT = ("device", "name")


CheckOption = Annotated[
    bool, typer.Option("--check", help="Look at what running on a GPU needs: what is there, what is missing, remedies.")
]


def command(check: CheckOption = False, json: JsonOption = False) -> None:
    """List the GPUs of this machine and those that can be simulated, with their numbers and how far these are known."""
    if check:
        _check(json=json)
        return
    from profiler.devices.registry import count_gpus, list_devices
    from profiler.devices.sim.model import gpu_names, load_gpu

    real = [_real(info) for info in list_devices() if not info.simulated]
    simulated = [_simulated(name, load_gpu(name)) for name in gpu_names()]
    if json:
        print_json({"devices": [*real, *simulated]})
    else:
        _print(real, simulated, count_gpus())


def _check(*, json: bool) -> None:
    """Print what was found.

    Raises
    ------
    DeviceError
        Nothing can run on a GPU of this machine as it is, which a script learns from the exit code.
    """
    from dataclasses import asdict

    from profiler.devices.cuda.check import MISSING, check

    findings = check()
    ready = not any(finding.state == MISSING for finding in findings)
    if json:
        print_json({"ready": ready, "findings": [asdict(finding) for finding in findings]})
    else:
        rows = [[finding.what, finding.state, finding.found, finding.remedy] for finding in findings]
        headings = ["what", "state", "found", "remedy"]
        print_table(headings, rows, title="Running on a GPU", left=tuple(headings))
        print_text("")
        print_text("Ready." if ready else "Not ready.")
    if not ready:
        missing = ", ".join(finding.what for finding in findings if finding.state == MISSING)
        raise DeviceError(
            f"not ready to run on a GPU: see {missing}",
            remedy="--device sim:h100-sxm simulates a GPU and needs none of this.",
        )


def _real(info: DeviceInfo) -> dict[str, Any]:
    return {
        "device": info.spec,
        "name": info.name,
        "simulated": False,
        "sm_count": info.sm_count,
        "copy_engines": info.copy_engines,
        "notes": list(info.notes),
    }


def _simulated(name: str, gpu: GpuModel) -> dict[str, Any]:
    sources = [text for key, text in gpu.source.items() if key != "name"]
    assumed = sum(1 for text in sources if re.search(r"\bassumed\b", text, re.IGNORECASE))
    return {
        "device": f"sim:{name}",
        "name": gpu.source.get("name", gpu.name),
        "simulated": True,
        **{key: _plain(getattr(gpu, key)) for key in KEY_NUMBERS},
        "sourced": len(sources) - assumed,
        "assumed": assumed,
    }


def _plain(number: Any) -> int | float:
    """A number of a GPU file, which is an exact fraction, as JSON has numbers."""
    return number if isinstance(number, int) else float(number)


def _print(real: list[dict[str, Any]], simulated: list[dict[str, Any]], found: int) -> None:
    if real:
        rows = [[row["device"], row["name"], row["sm_count"], row["copy_engines"]] for row in real]
        print_table(["device", "name", "SMs", "copy engines"], rows, title="GPUs of this machine")
    else:
        here = f"The driver shows {found} GPUs, which are not used yet" if found else "No GPU was found"
        print_text(f"{here}: --device auto simulates one.")
    print_text("")
    print_table(_HEADINGS, [_row(row) for row in simulated], title="Simulated GPUs", left=_LEFT)
    print_text("")
    print_text(
        "Peaks in FP32 TFLOPS and INT8 TOPS. The last column says how many of a file's numbers are assumed; the others "
        "have a public source. A file of your own is named as sim:FILE.toml."
    )


def _row(device: dict[str, Any]) -> list[Cell]:
    known = f"{device['assumed']} of {device['assumed'] + device['sourced']}"
    return [device["device"], device["name"], *(device[key] for key in KEY_NUMBERS), known]
