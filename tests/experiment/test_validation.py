"""The simulator against published figures: the bounds it must keep, and that the page tells what it does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from benchmarks.fit_gpus import FITS, Fit, main, render_tables, with_percents
from profiler.devices.base import NO_TIME
from profiler.devices.sim.cost import price
from profiler.devices.sim.device import SimDevice
from profiler.devices.sim.model import GpuModel, load_gpu
from profiler.experiment.published import ARTICLE, T4, TABLES, V100, PublishedTable
from profiler.experiment.validation import cells, mean_absolute_error, ratios, serial_times
from profiler.plan.model import Launch
from profiler.plan.registry import make_plan
from profiler.workload.model import KernelCall, Workload
from profiler.workload.networks import network
from tests.helpers.project import ROOT

PAGE = ROOT / "docs" / "validation.md"


def shipped(table: PublishedTable) -> GpuModel:
    return load_gpu(table.gpu)


def test_the_articles_throughputs_and_gains_come_out() -> None:
    compared = cells(ARTICLE, shipped(ARTICLE))
    assert len(compared) == 12
    assert mean_absolute_error(compared) <= 0.15
    gains = ratios(compared)
    assert len(gains) == 6
    assert mean_absolute_error(gains) <= 0.20


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_the_v100_columns_come_out(precision: str) -> None:
    compared = [cell for cell in cells(V100, shipped(V100)) if cell.figure.precision == precision]
    assert len(compared) == {"fp32": 10, "int8": 7}[precision]
    assert mean_absolute_error(compared) <= 0.30


def test_the_t4_column_comes_out() -> None:
    compared = cells(T4, shipped(T4))
    assert [cell.figure.batch for cell in compared] == [16, 32, 64, 128, 256]
    assert mean_absolute_error(compared) <= 0.30


def test_the_v100_columns_are_foretold_by_what_was_fitted_to_the_article() -> None:
    borrowed = replace(load_gpu("v100"), efficiency=load_gpu("titan-x-pascal").efficiency)
    assert mean_absolute_error(cells(V100, borrowed)) <= 0.15


def test_int8_gains_little_at_batch_1_and_much_at_128() -> None:
    """The article's phenomenon, on its GPU: every network gains more at 128, and GoogLeNet next to nothing at 1."""
    gains = {(ratio.network, ratio.batch): ratio.simulated for ratio in ratios(cells(ARTICLE, shipped(ARTICLE)))}
    for name in ("resnet50", "vgg19", "googlenet"):
        assert gains[name, 1] < gains[name, 128]
    assert gains["googlenet", 1] < 1.2
    assert gains["googlenet", 1] < gains["resnet50", 1] < gains["vgg19", 1]


def test_a_ratio_is_of_the_figures_as_printed() -> None:
    gains = {(ratio.network, ratio.batch): ratio for ratio in ratios(cells(ARTICLE, shipped(ARTICLE)))}
    assert gains["resnet50", 128].published == pytest.approx(3.276, abs=0.001)
    assert gains["vgg19", 1].published == pytest.approx(1.635, abs=0.001)


def test_units_of_tables() -> None:
    assert ARTICLE.in_unit(128, 64_000_000) == 2000.0
    assert V100.in_unit(128, 64_000_000) == 64.0


TOY = Workload(
    "toy",
    "fp32",
    input_bytes=10_000,
    output_bytes=5_000,
    build=lambda samples: tuple(
        KernelCall(f"k{index}", (1, 1, 1), (1, 1, 1), duration_ns=samples * 3_000) for index in range(3)
    ),
)

US = Fraction(1)


def toy_gpu(**changed: Fraction) -> GpuModel:
    gpu = load_gpu("h100-sxm")
    free = replace(gpu.call_us, **{name: Fraction(0) for name in ("launch", "memcpy", "record", "wait", "sync")})
    calls = {name: changed.pop(name) for name in ("launch", "memcpy", "sync") if name in changed}
    ideal = {
        "htod_gb_per_s": Fraction(10),
        "dtoh_gb_per_s": Fraction(5),
        "copy_overhead_us": Fraction(0),
        "copy_latency_us": Fraction(0),
        "kernel_gap_us": Fraction(0),
        "launch_latency_us": Fraction(0),
        "sync_return_us": Fraction(0),
    }
    return replace(gpu, call_us=replace(free, **calls), **(ideal | changed))


@pytest.mark.parametrize(
    ("changed", "kernels_us", "end_to_end_us"),
    [
        ({}, 9, 11),
        ({"kernel_gap_us": 2 * US}, 13, 15),
        ({"copy_overhead_us": 2 * US}, 9, 15),
        ({"copy_latency_us": 2 * US}, 9, 13),
        ({"launch_latency_us": 4 * US}, 9, 14),
        ({"sync_return_us": 2 * US}, 9, 13),
        ({"memcpy": 2 * US}, 9, 12),
        ({"launch": 5 * US}, 12, 16),
        ({"launch": 5 * US, "sync": 7 * US}, 12, 22),
    ],
)
def test_serial_times_by_hand(changed: dict[str, Fraction], kernels_us: int, end_to_end_us: int) -> None:
    """1 us in, three kernels of 3 us, 1 us out; then one thing at a time costs something."""
    times = serial_times(TOY, 1, toy_gpu(**changed))
    assert (times.kernels_ns, times.end_to_end_ns) == (1000 * kernels_us, 1000 * end_to_end_us)


def test_serial_times_grow_with_the_batch() -> None:
    assert serial_times(TOY, 4, toy_gpu()).end_to_end_ns == 4 * serial_times(TOY, 1, toy_gpu()).end_to_end_ns


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.gpu)
def test_the_simulated_device_gives_the_same_times_to_the_nanosecond(table: PublishedTable) -> None:
    gpu = shipped(table)
    device = SimDevice(gpu)
    for figure in table.figures:
        workload = network(figure.network, figure.precision)
        plan = make_plan("serial", workload, figure.batch)
        timings = device.execute(plan)
        kernels = [index for index, step in enumerate(plan.steps) if isinstance(step, Launch)]
        start, end = timings.start[0][kernels], timings.end[0][kernels]
        called = timings.host_start[0][timings.host_start[0] != NO_TIME]
        expected = serial_times(workload, figure.batch, gpu)
        assert int(end.max() - start.min()) == expected.kernels_ns
        assert int(timings.host_end[0].max() - called.min()) == expected.end_to_end_ns


@pytest.mark.parametrize("fit", FITS, ids=lambda fit: fit.table.gpu)
def test_no_parameter_of_a_shipped_file_would_fit_better_one_percent_away(fit: Fit) -> None:
    gpu = shipped(fit.table)
    percents = [int(100 * gpu.efficiency_of(*group[0])) for group in fit.groups]
    assert with_percents(gpu, fit.groups, percents) == gpu

    def loss(at: list[int]) -> float:
        price.cache_clear()  # models that differ in efficiency alone share a hash
        return fit.loss(cells(fit.table, with_percents(gpu, fit.groups, at)))

    best = loss(percents)
    for index in range(len(percents)):
        for step in (1, -1):
            assert loss([*percents[:index], percents[index] + step, *percents[index + 1 :]]) >= best


def test_the_page_shows_what_the_shipped_files_give() -> None:
    tables = render_tables({table.gpu: shipped(table) for table in TABLES}).strip()
    assert tables in PAGE.read_text(encoding="utf-8"), "run benchmarks/fit_gpus.py and copy its tables into the page"


def test_the_script_prints_the_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "### the article: `titan-x-pascal`" in capsys.readouterr().out
