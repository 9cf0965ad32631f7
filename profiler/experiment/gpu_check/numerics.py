"""The numerics stage: what the networks compute on the GPU, against numpy, layer tables and all."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from profiler.errors import LanescopeError
from profiler.experiment.gpu_check.context import Context, Outcome, listed, skipped
from profiler.experiment.gpu_check.results import FAILED, PASSED
from profiler.experiment.gpu_check.torchvision_models import torchvision_output
from profiler.plan.registry import make_plan
from profiler.workload.model import PRECISIONS
from profiler.workload.networks import network
from profiler.workload.networks.lowering import IMAGE_SHAPE, float_results, network_nodes
from profiler.workload.networks.parameters import random_parameters, sample_images
from profiler.workload.networks.quantization import quantization, run_int8
from profiler.workload.networks.reference import run_fp32

Float = npt.NDArray[np.float32]

#: Images of a request. The seed is that of the weights' own calibration, so the references are computed once.
IMAGES = 2
SEED = 0

#: Relative error allowed to FP32, root mean square over a result: sums of some thousand products, each rounded to 24
#: bits, in another order than numpy's, through some fifty layers; and Winograd transforms lose three bits more.
FP32_ERROR = 1e-4

#: INT8 kernels do the reference's integer arithmetic, but scale sums in floats: a half may be rounded the other way.
INT8_ERROR = 2e-2


def run(context: Context) -> Outcome:
    """Each network in each precision, smallest first."""
    if context.knobs.simulated:
        return skipped("a simulated device computes no numbers")
    rows: dict[str, Any] = {}
    for name in sorted(context.knobs.networks, key=lambda name: network(name).weight_bytes):
        if context.remaining_s() <= 0:
            rows[name] = {"error": "time was up"}
            continue
        try:
            rows |= _network(context, name)
        except LanescopeError as error:
            rows[name] = {"error": str(error)}
        context.save(networks=rows)
        context.say(f"{name} done")
    bad = [key for key, row in rows.items() if "error" in row or not row.get("equal", True)]
    summary = f"{len(rows) - len(bad)} of {len(rows)} outputs agree with their references" + (
        f"; not {listed(bad)}" if bad else ""
    )
    return Outcome(FAILED if bad else PASSED, summary, {"networks": rows})


def _network(context: Context, name: str) -> dict[str, Any]:
    images = sample_images(IMAGES, IMAGE_SHAPE, "fp32", SEED)
    references = reference_outputs(name, images.astype(np.float32))
    rows: dict[str, Any] = {}
    outputs: dict[str, Float] = {}
    for precision, allowed in zip(PRECISIONS, (FP32_ERROR, INT8_ERROR), strict=True):
        outputs[precision] = _device_output(context, name, precision, images)
        error = relative_error(references[precision], outputs[precision])
        rows[f"{name}/{precision}"] = {"relative_error": error, "allowed": allowed, "equal": bool(error <= allowed)}
    rows[f"{name}/int8"] |= likeness(outputs["fp32"], outputs["int8"])
    other = torchvision_output(name, random_parameters(network_nodes(name), SEED), images.astype(np.float32))
    if other is not None:
        error = relative_error(other, outputs["fp32"])
        rows[f"{name}/torchvision"] = {"relative_error": error, "allowed": FP32_ERROR, "equal": error <= FP32_ERROR}
    return rows


def reference_outputs(name: str, images: Float) -> dict[str, Float]:
    """What numpy makes of the images: the last result in each precision, one row an image."""
    nodes = network_nodes(name)
    parameters = random_parameters(nodes, SEED)
    floats = run_fp32(nodes, parameters, images)
    quantized = quantization(nodes, parameters, floats, float_results(nodes))
    narrow = run_int8(nodes, quantized, images)
    last, rows = nodes[-1].name, (len(images), -1)
    return {"fp32": floats[last].reshape(rows), "int8": narrow[last].reshape(rows).astype(np.float32)}


def relative_error(expected: Float, actual: Float) -> float:
    """Root mean square of the difference over that of what was expected."""
    size = float(np.sqrt(np.mean(expected.astype(np.float64) ** 2))) or 1.0
    difference = expected.astype(np.float64) - actual.astype(np.float64).reshape(expected.shape)
    return float(np.sqrt(np.mean(difference**2))) / size


def likeness(wide: Float, narrow: Float) -> dict[str, float]:
    """How alike two results are: cosine, and signal to quantization noise in decibels."""
    one, other = wide.astype(np.float64).ravel(), narrow.astype(np.float64).ravel()
    noise = float(np.sum((one - other) ** 2))
    signal = float(np.sum(one**2))
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    cosine = float(one @ other) / max(lengths, 1e-300)
    return {"cosine": cosine, "sqnr_db": 10 * float(np.log10(max(signal, 1e-300) / max(noise, 1e-300)))}


def _device_output(context: Context, name: str, precision: str, images: npt.NDArray[np.generic]) -> Float:
    """The output of one serial request."""
    from profiler.devices.cuda.outputs import run_once

    plan = make_plan("serial", network(name, precision), len(images))
    ordinal = int(context.knobs.device.partition(":")[2] or 0)
    found = run_once(ordinal, plan, {"host in 0": np.ascontiguousarray(images).view(np.uint8).ravel()}, "host out 0")
    return found.view(np.float32).reshape(len(images), -1)
