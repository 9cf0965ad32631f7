"""The article's table, run on the simulator: published beside simulated, and where the INT8 gain goes at batch 1."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from profiler.experiment.compare import LostGainRow, lost_gains
from profiler.experiment.published import ARTICLE, Figure
from profiler.experiment.scenario import Outcome, run_scenario
from profiler.experiment.spec import Bench, ScenarioSpec
from profiler.trace.schema import Category

NETWORKS = ("resnet50", "vgg19", "googlenet")


@dataclass(frozen=True, slots=True)
class ArticleCell:
    """A throughput of the article beside the simulator's, in images a second.

    Attributes
    ----------
    figure : Figure
        As published; the article does not say whether transfers were counted.
    kernels_only : float
        Batch over the time from the first kernel's start to the last one's end: what inference engines report. The
        basis of ``error``.
    end_to_end : float
        Batch over the time of the whole serial request, copies and host calls included.
    """

    figure: Figure
    kernels_only: float
    end_to_end: float

    @property
    def error(self) -> float:
        """Simulated over published, less 1."""
        return self.kernels_only / self.figure.value - 1

    @property
    def end_to_end_error(self) -> float:
        """The same on the other basis."""
        return self.end_to_end / self.figure.value - 1


@dataclass(frozen=True, slots=True)
class ArticleRatio:
    """INT8 over FP32 throughput of one network at one batch."""

    network: str
    batch: int
    published: float
    kernels_only: float
    end_to_end: float

    @property
    def error(self) -> float:
        """Simulated (kernels only) over published, less 1."""
        return self.kernels_only / self.published - 1


@dataclass(frozen=True)
class ArticleTable:
    """All cells and ratios, and the lost INT8 gain of each network."""

    cells: tuple[ArticleCell, ...]
    ratios: tuple[ArticleRatio, ...]
    lost: tuple[LostGainRow, ...]

    @property
    def cell_error(self) -> float:
        """Mean absolute relative error of the throughputs."""
        return fmean(abs(cell.error) for cell in self.cells)

    @property
    def ratio_error(self) -> float:
        """Mean absolute relative error of the ratios."""
        return fmean(abs(ratio.error) for ratio in self.ratios)


def run_article(*, advance: Callable[[], None] = lambda: None) -> ArticleTable:
    """Simulate every cell of the article's table, one serial request each.

    Parameters
    ----------
    advance : callable
        Called after each of the cells.
    """
    outcomes = []
    with Bench() as bench:
        for figure in ARTICLE.figures:
            spec = ScenarioSpec(figure.network, figure.batch, precision=figure.precision, device=f"sim:{ARTICLE.gpu}")
            outcomes.append(run_scenario(*bench.scenario(spec)))
            advance()
    cells = tuple(_cell(figure, outcome) for figure, outcome in zip(ARTICLE.figures, outcomes, strict=True))
    return ArticleTable(cells, tuple(_ratios(cells)), tuple(lost_gains(outcomes)))


def kernel_span_ns(outcome: Outcome) -> int:
    """First kernel's start to last kernel's end, gaps included."""
    trace = outcome.trace
    rows = np.flatnonzero(trace.category == Category.KERNEL)
    return int((trace.ts[rows] + trace.dur[rows]).max() - trace.ts[rows].min())


def _cell(figure: Figure, outcome: Outcome) -> ArticleCell:
    kernels_only = outcome.plan.samples * 1e9 / kernel_span_ns(outcome)
    return ArticleCell(figure, kernels_only, outcome.plan.samples * 1e9 / outcome.makespan_ns)


def _ratios(cells: Sequence[ArticleCell]) -> list[ArticleRatio]:
    by_key = {(cell.figure.network, cell.figure.batch, cell.figure.precision): cell for cell in cells}
    rows = []
    for (name, batch, precision), narrow in by_key.items():
        wide = by_key.get((name, batch, "fp32"))
        if precision == "int8" and wide is not None:
            rows.append(
                ArticleRatio(
                    name,
                    batch,
                    narrow.figure.value / wide.figure.value,
                    narrow.kernels_only / wide.kernels_only,
                    narrow.end_to_end / wide.end_to_end,
                )
            )
    return rows
