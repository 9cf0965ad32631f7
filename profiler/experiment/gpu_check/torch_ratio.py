"""The torch stage: the big convolutions of the networks beside cuDNN's, where PyTorch is, and the share of peak."""

from __future__ import annotations

import importlib
import importlib.util
from statistics import fmean
from typing import Any

from profiler.experiment.calibration.limits import Limits, device_limits
from profiler.experiment.gpu_check.context import Context, Outcome, skipped
from profiler.experiment.gpu_check.results import FAILED, PASSED
from profiler.workload.model import PRECISIONS, KernelCall
from profiler.workload.networks import network

#: Layers that count as big: this share of a network's operations, or more.
BIG = 0.02
BATCH = 128

#: Goals for big layers, as shares of the card's peak.
GOALS = {"fp32": 0.35, "int8": 0.15}

_RUNS, _WARMUP = 10, 3


def run(context: Context) -> Outcome:
    """Durations of big layers at batch 128, run serially, against peak and cuDNN."""
    if context.knobs.simulated:
        return skipped("a simulated device has no cuDNN beside it")
    with context.device(alone=False) as device:
        limits = device_limits(device)
        rows = [row for name in context.knobs.networks for row in _layers(context, device, limits, name)]
    context.save(layers=rows)
    why = _add_cudnn(context, rows)
    context.save(layers=rows)
    return _outcome(rows, why)


def _layers(context: Context, device: Any, limits: Limits, name: str) -> list[dict[str, Any]]:
    """Big convolutions of a network in both precisions, with their measured durations."""
    from profiler.experiment.calibration.draft import behind_a_copy
    from profiler.experiment.calibration.draft import run as run_plan
    from profiler.plan.model import Launch
    from profiler.plan.registry import make_plan

    rows = []
    for precision in PRECISIONS:
        if context.remaining_s() <= 0:
            break
        plan = behind_a_copy(make_plan("serial", network(name, precision), BATCH))
        ran = run_plan(device, plan, 3)
        steps = [(number, step.kernel) for number, step in enumerate(plan.steps) if isinstance(step, Launch)]
        total = sum(kernel.flops for _, kernel in steps)
        peak = float(limits.int8_tops if precision == "int8" else limits.fp32_tflops)
        for number, kernel in steps:
            if kernel.flops >= BIG * total and "r" in dict(kernel.params):
                rows.append(_layer(name, kernel, ran.lasted(number), peak))
    return rows


def _layer(name: str, kernel: KernelCall, duration_ns: float, peak: float) -> dict[str, Any]:
    return {
        "network": name,
        "layer": kernel.name,
        "precision": kernel.precision,
        "class": kernel.efficiency_class,
        "shape": dict(kernel.params),
        "ns": duration_ns,
        "share_of_peak": kernel.flops / max(duration_ns, 1.0) / 1000 / peak,
    }


def _add_cudnn(context: Context, rows: list[dict[str, Any]]) -> str:
    """Put cuDNN's duration beside each FP32 layer; why there is none, or nothing."""
    if importlib.util.find_spec("torch") is None:
        return "PyTorch is not installed: no ratio to cuDNN"
    torch: Any = importlib.import_module("torch")
    if not torch.cuda.is_available():
        return "PyTorch sees no GPU: no ratio to cuDNN"
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = False
    for row in rows:
        if row["precision"] == "fp32" and context.remaining_s() > 0:
            row["cudnn_ns"] = _cudnn_ns(torch, row["shape"])
            row["ratio_to_cudnn"] = row["cudnn_ns"] / row["ns"]
    return ""


def _cudnn_ns(torch: Any, shape: dict[str, int]) -> float:
    """Median duration of a convolution with a bias in full FP32, as PyTorch runs it."""
    device = torch.device("cuda")
    images = torch.randn(shape["n"], shape["c"], shape["h"], shape["w"], device=device)
    weights = torch.randn(shape["k"], shape["c"], shape["r"], shape["s"], device=device)
    bias = torch.randn(shape["k"], device=device)
    found = []
    with torch.inference_mode():
        for _ in range(_WARMUP + _RUNS):
            first, last = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            first.record()
            torch.nn.functional.conv2d(images, weights, bias, stride=shape["stride"], padding=shape["pad"])
            last.record()
            last.synchronize()
            found.append(first.elapsed_time(last) * 1e6)
    return float(sorted(found[_WARMUP:])[_RUNS // 2])


def _outcome(rows: list[dict[str, Any]], why: str) -> Outcome:
    parts, short = [], False
    for precision, goal in GOALS.items():
        # A Winograd kernel counts the operations that it does, which are fewer than those of the layer.
        shares = [row["share_of_peak"] for row in rows if row["precision"] == precision]
        if shares:
            parts.append(f"{precision} convolutions at {100 * fmean(shares):.0f} % of peak (goal {100 * goal:.0f} %)")
            short |= fmean(shares) < goal
    ratios = [row["ratio_to_cudnn"] for row in rows if "ratio_to_cudnn" in row]
    if ratios:
        parts.append(f"FP32 at {fmean(ratios):.2f} times cuDNN's speed")
    if why:
        parts.append(why)
    return Outcome(FAILED if short or not rows else PASSED, "; ".join(parts) or "no layer measured", {"layers": rows})
