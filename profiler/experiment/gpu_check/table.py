"""``table.md``: the results as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from profiler.experiment.gpu_check.results import Results, write_whole
from profiler.units import format_ns, format_percent

FILE = "table.md"


def write_table(results: Results) -> None:
    """Write the table of what there is so far.

    Raises
    ------
    OutputError
        The place cannot be written.
    """
    text = "\n".join(_lines(results.load())) + "\n"
    write_whole(results.folder / FILE, text.encode())


def _lines(whole: dict[str, Any]) -> Iterator[str]:
    stages = whole["stages"]
    yield f"# GPU check: {whole.get('device', 'unknown device')}"
    yield ""
    if whole.get("simulated", True):
        yield "**Simulated.** No GPU took part in any figure below: this run tries the check itself."
        yield ""
    yield from ("| stage | result | seconds | summary |", "|---|---|---:|---|")
    for name, section in stages.items():
        yield f"| {name} | {section['status']} | {section.get('seconds', 0):.0f} | {_cell(section['summary'])} |"
    yield from _cells(stages)
    yield from _layers(stages)


def _cells(stages: dict[str, Any]) -> Iterator[str]:
    cells = stages.get("cells", {}).get("data", {}).get("cells", {})
    predicted = {row["cell"]: row for row in stages.get("predict", {}).get("data", {}).get("cells", [])}
    if not cells:
        return
    yield from ("", "## Cells", "")
    yield "| cell | makespan | per second | hidden | stamps | predicted | error | hidden, predicted |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for key, row in cells.items():
        if "makespan_ns" not in row:
            yield f"| {key} | {_cell(row.get('refused') or row.get('error') or '')} | | | | | | |"
            continue
        factor = row.get("instrumentation_factor")
        stamps = "–" if factor is None else f"× {factor:.3f}"
        guess = predicted.get(key)
        shown = [format_ns(row["makespan_ns"]), f"{row['throughput_per_s']:,.0f}"]
        shown += [format_percent(row["overlap"]["hidden_fraction"]), stamps]
        if guess is not None:
            shown += [format_ns(guess["predicted_ns"]), f"{100 * guess['makespan_error']:+.1f} %"]
            shown += [format_percent(guess["predicted_hidden"])]
        else:
            shown += ["–"] * 3
        yield f"| {key} | {' | '.join(shown)} |"


def _layers(stages: dict[str, Any]) -> Iterator[str]:
    layers = stages.get("torch", {}).get("data", {}).get("layers", [])
    if not layers:
        return
    yield from ("", "## Big convolutions at batch 128", "")
    yield "| network | layer | precision | class | duration | share of peak | speed over cuDNN's |"
    yield "|---|---|---|---|---:|---:|---:|"
    for row in layers:
        ratio = f"{row['ratio_to_cudnn']:.2f}" if "ratio_to_cudnn" in row else "–"
        names = f"{row['network']} | {row['layer'].replace('|', '/')} | {row['precision']} | {row['class']}"
        yield f"| {names} | {format_ns(row['ns'])} | {format_percent(row['share_of_peak'])} | {ratio} |"


def _cell(text: str) -> str:
    """A text in one line that no bar breaks."""
    return " ".join(text.replace("|", "/").split())
