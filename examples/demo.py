"""The whole phenomenon in one run, on simulated GPUs: pipelining hides transfers at batch 128 and cannot at batch 1.

Prints the article's table beside the simulator's, the split of the INT8 gain that is lost at batch 1, and a comparison
of stream strategies; saves timelines as SVG. Usage: demo.py [FOLDER], default lanescope-out.
"""

from __future__ import annotations

import sys
from pathlib import Path

from profiler.cli.output import print_text, progress, write_text
from profiler.cli.show import print_sentences, print_table_data
from profiler.experiment.article import ArticleTable, run_article
from profiler.experiment.compare import Comparison, run_all
from profiler.experiment.published import ARTICLE
from profiler.experiment.spec import Bench, Product, ScenarioSpec
from profiler.experiment.verdict import comparison_verdict, timeline_title
from profiler.report.svg import render_svg
from profiler.report.svg_page import Shown
from profiler.report.tables import TableData, comparison_tables, lost_gain_table
from profiler.units import format_percent

STRATEGY_GPU = "sim:h100-sxm"

#: What the words and signs of the tables mean.
WORDS = """
A request is one batch: its input is copied to the GPU (HtoD), kernels compute, the result is copied back (DtoH). Copy
time is hidden while a kernel runs at the same time, exposed while none does. A strategy cuts a batch into chunks (c)
and puts them on streams (s), queues whose work may run at once, with a ring of buffers (b); r counts the requests.
Latency is what one request takes, waiting included. Main cause says why most of the exposed time is exposed:
fill-or-drain, before the first kernel or after the last; no-other-work, one chunk of one request, so nothing else could
run; kernel-gap, between two kernels, shorter than the GPU's own pause. Achieved is the share of the reachable overlap:
(S - time taken) / (S - B), S being the operations one after another and B the least that their dependencies allow.
"""


def main(folder: Path) -> None:
    """Run the three parts and say where the pictures are."""
    show_article()
    comparison = compare_strategies()
    result = comparison.to_json(comparison_verdict(comparison))
    print_text(f"\nStrategies for ResNet-50 on {STRATEGY_GPU} (simulated), batch 1 against batch 128")
    print_text(WORDS.rstrip())
    for table in comparison_tables(result):
        print_table_data(table)
    print_sentences(result["verdict"])
    for path in save_timelines(comparison, folder):
        print_text(f"Saved {path}")


def show_article() -> None:
    """The article's twelve throughputs and six ratios beside the simulator's."""
    with progress(len(ARTICLE.figures), "the article's table") as advance:
        table = run_article(advance=lambda: advance(1))
    print_text(
        f"The article's table, simulated on {ARTICLE.gpu} (the article names no GPU). Basis of the errors, one for all "
        "cells: kernels only,\nfirst kernel's start to last kernel's end. Beside it: end to end, copies and host calls "
        "included. One serial request."
    )
    print_table_data(throughputs(table))
    print_table_data(ratios(table))
    print_text(
        f"\nMean error: {format_percent(table.cell_error)} over {len(table.cells)} throughputs, "
        f"{format_percent(table.ratio_error)} over {len(table.ratios)} ratios."
    )
    print_table_data(lost_gain_table([row.to_json() for row in table.lost]))


def throughputs(table: ArticleTable) -> TableData:
    """Images a second, cell by cell."""
    rows = [
        (
            cell.figure.network,
            cell.figure.precision,
            str(cell.figure.batch),
            f"{cell.figure.value:,.0f}",
            f"{cell.kernels_only:,.0f}",
            f"{cell.error:+.1%}",
            f"{cell.end_to_end:,.0f}",
            f"{cell.end_to_end_error:+.1%}",
        )
        for cell in table.cells
    ]
    columns = ("network", "precision", "batch", "article", "kernels only", "error", "end to end", "its error")
    return TableData("Throughput, images/s", columns, rows, frozenset({"network", "precision"}))


def ratios(table: ArticleTable) -> TableData:
    """INT8 over FP32."""
    rows = [
        (
            ratio.network,
            str(ratio.batch),
            f"{ratio.published:.2f}x",
            f"{ratio.kernels_only:.2f}x",
            f"{ratio.error:+.1%}",
            f"{ratio.end_to_end:.2f}x",
        )
        for ratio in table.ratios
    ]
    columns = ("network", "batch", "article", "kernels only", "error", "end to end")
    return TableData("INT8 over FP32", columns, rows, frozenset({"network"}))


def compare_strategies() -> Comparison:
    """Every strategy for ResNet-50, both precisions, batches 1 and 128."""
    product = Product(("resnet50",), ("fp32", "int8"), (1, 128), ("all",), ("pinned",), (STRATEGY_GPU,))
    specs = product.specs(ScenarioSpec("resnet50", 1))
    with Bench() as bench, progress(len(specs), "strategies") as advance:
        return run_all([bench.scenario(spec) for spec in specs], advance=lambda: advance(1))


#: Pictures by file name: what they show, and the (batch, strategy) of each timeline in them.
PICTURES = {
    "resnet50-int8.svg": (
        "a batch of 128, and one image alone",
        ((128, "serial"), (128, "depth-first"), (1, "depth-first")),
    ),
    "resnet50-int8-batch1.svg": ("one image a request", ((1, "serial"), (1, "three-stream"), (1, "in-flight"))),
    "resnet50-int8-batch128.svg": ("a batch of 128", ((128, "serial"), (128, "three-stream"), (128, "in-flight"))),
}

#: Lanes of the pictures: engines and streams, neither host nor counters.
LANES = r"^(HtoD|compute|DtoH|stream \d+)$"


def save_timelines(comparison: Comparison, folder: Path) -> list[Path]:
    """The pictures, each with its timelines on one time axis."""
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = {
        (outcome.plan.batch, outcome.plan.strategy): outcome
        for outcome in comparison.outcomes
        if outcome.plan.workload.precision == "int8"
    }
    paths = []
    for name, (what, shown) in PICTURES.items():
        titled = [(f"batch {batch}, {timeline_title(o)}", o.trace) for batch, s in shown for o in [outcomes[batch, s]]]
        title = f"ResNet-50 INT8, {what}, simulated on {STRATEGY_GPU.removeprefix('sim:')}"
        write_text(folder / name, render_svg(titled, title=title, shown=Shown(LANES)))
        paths.append(folder / name)
    return paths


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "lanescope-out"))
