"""Fit the efficiencies of three GPU files to published figures, and print what the shipped files make of them.

    .venv/bin/python benchmarks/fit_gpus.py            # the tables of docs/validation.md, from the shipped files
    .venv/bin/python benchmarks/fit_gpus.py --fit      # search again and print suggested values; some minutes

Nothing is written: a person copies values into profiler/devices/sim/gpus/ and tables into docs/validation.md. The
search goes from several starts, one parameter at a time, in whole percent; the same seed finds the same values.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from profiler.devices.sim.cost import price
from profiler.devices.sim.gpu import GpuModel
from profiler.devices.sim.model import load_gpu
from profiler.experiment.published import ARTICLE, T4, TABLES, V100, PublishedTable
from profiler.experiment.validation import Cell, Ratio, cells, mean_absolute_error, ratios

#: Percent of peak a class may reach.
LEAST, MOST = 5, 95

STARTS = 8
SEED = 1
STEPS = (16, 8, 4, 2, 1)

#: What one parameter stands for: (precision, class) pairs that share it.
Group = tuple[tuple[str, str], ...]

#: Every tile of a matrix product, whatever the layer, reaches one share; Winograd's transforms make a class apart.
PRODUCTS = (
    (("fp32", "direct"), ("fp32", "pointwise"), ("fp32", "fc")),
    (("fp32", "winograd3x3"),),
    (("int8", "direct"), ("int8", "pointwise"), ("int8", "fc")),
)

#: One number for all of FP32: a column that hardly depends on the batch can say no more.
FP32_ALIKE = ((("fp32", "direct"), ("fp32", "pointwise"), ("fp32", "winograd3x3"), ("fp32", "fc")),)


@dataclass(frozen=True)
class Fit:
    """A table, the parameters fitted to it, and what they are to make small."""

    table: PublishedTable
    groups: tuple[Group, ...]
    loss: Callable[[Sequence[Cell]], float]


def article_loss(compared: Sequence[Cell]) -> float:
    """Mean error of throughputs, half that of INT8 gains, and a tenth of the worst cell."""
    worst = max(abs(cell.error) for cell in compared)
    return mean_absolute_error(compared) + mean_absolute_error(ratios(compared)) / 2 + worst / 10


def column_loss(compared: Sequence[Cell]) -> float:
    """Mean over precisions of the mean error of each."""
    precisions = {cell.figure.precision for cell in compared}
    return fmean(mean_absolute_error([c for c in compared if c.figure.precision == p]) for p in precisions)


FITS = (Fit(ARTICLE, PRODUCTS, article_loss), Fit(V100, PRODUCTS, column_loss), Fit(T4, FP32_ALIKE, column_loss))


def with_percents(gpu: GpuModel, groups: Sequence[Group], percents: Sequence[int]) -> GpuModel:
    """``gpu`` with the efficiencies of each group set."""
    shares: dict[str, dict[str, Fraction]] = {precision: dict(of) for precision, of in gpu.efficiency.items()}
    for group, percent in zip(groups, percents, strict=True):
        for precision, kernel_class in group:
            shares.setdefault(precision, {})[kernel_class] = Fraction(percent, 100)
    return replace(gpu, efficiency=shares)


def search(fit: Fit, gpu: GpuModel) -> tuple[float, tuple[int, ...]]:
    """The least loss found and the percents that give it."""
    generator = random.Random(SEED)
    known: dict[tuple[int, ...], float] = {}

    def loss(percents: tuple[int, ...]) -> float:
        if percents not in known:
            price.cache_clear()  # models that differ in efficiency alone share a hash
            known[percents] = fit.loss(cells(fit.table, with_percents(gpu, fit.groups, percents)))
        return known[percents]

    starts = [tuple(generator.randint(30, 90) for _ in fit.groups) for _ in range(STARTS)]
    best = min((descend(start, loss) for start in starts), key=loss)
    return loss(best), best


def descend(start: tuple[int, ...], loss: Callable[[tuple[int, ...]], float]) -> tuple[int, ...]:
    """A point from which no step of one percent in one parameter leads lower."""
    best = start
    for step in STEPS:
        while True:
            around = [
                (*best[:i], min(max(best[i] + sign * step, LEAST), MOST), *best[i + 1 :])
                for i in range(len(best))
                for sign in (1, -1)
            ]
            lowest = min(around, key=loss)
            if loss(lowest) >= loss(best):
                break
            best = lowest
    return best


def table_of_cells(table: PublishedTable, compared: Sequence[Cell]) -> list[str]:
    """A Markdown table: every cell, its error, and the figure with copies and calls beside it."""
    unit = table.unit
    lines = [
        f"| network | precision | batch | published {unit} | simulated, kernels only | error | simulated, end to end |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for cell in compared:
        figure = cell.figure
        numbers = (figure.value, cell.kernels, f"{100 * cell.error:+.1f} %", cell.end_to_end)
        shown = " | ".join(number if isinstance(number, str) else f"{number:.4g}" for number in numbers)
        lines.append(f"| {figure.network} | {figure.precision} | {figure.batch} | {shown} |")
    return [*lines, "", f"Mean absolute error: {100 * mean_absolute_error(compared):.1f} %."]


def table_of_ratios(compared: Sequence[Ratio]) -> list[str]:
    """A Markdown table of INT8 over FP32."""
    lines = ["| network | batch | published INT8 / FP32 | simulated | error |", "|---|---:|---:|---:|---:|"]
    for ratio in compared:
        shown = f"{ratio.published:.2f} | {ratio.simulated:.2f} | {100 * ratio.error:+.1f} %"
        lines.append(f"| {ratio.network} | {ratio.batch} | {shown} |")
    return [*lines, "", f"Mean absolute error: {100 * mean_absolute_error(compared):.1f} %."]


def render_tables(gpus: Mapping[str, GpuModel]) -> str:
    """All tables in Markdown, for the GPU models given by file name."""
    parts = []
    for table in TABLES:
        compared = cells(table, gpus[table.gpu])
        parts += [f"### {table.name}: `{table.gpu}`", "", *table_of_cells(table, compared), ""]
        if table is ARTICLE:
            parts += [*table_of_ratios(ratios(compared)), ""]
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of the shipped files or, asked to fit, suggested values and the tables they give."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", action="store_true", help="search for the efficiencies again")
    gpus = {table.gpu: load_gpu(table.gpu) for table in TABLES}
    if parser.parse_args(arguments).fit:
        for fit in FITS:
            loss, percents = search(fit, gpus[fit.table.gpu])
            gpus[fit.table.gpu] = with_percents(gpus[fit.table.gpu], fit.groups, percents)
            print(f"{fit.table.gpu}: loss {loss:.4f}")
            for group, percent in zip(fit.groups, percents, strict=True):
                print(f"  {', '.join('.'.join(pair) for pair in group)} = {percent / 100:.2f}")
        price.cache_clear()
    print(render_tables(gpus))
    return 0


if __name__ == "__main__":
    sys.exit(main())
