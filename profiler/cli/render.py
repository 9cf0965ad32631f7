"""``lanescope render``: a trace's timeline as a picture, without a display."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from profiler.cli.options import PartialOption, TracesArgument
from profiler.cli.values import output_path, read_choice
from profiler.errors import UsageError

THEMES = ("light", "dark")

RequiredOutput = Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="The picture: FILE.svg.")]
WidthOption = Annotated[int, typer.Option("--width", metavar="PX", min=320, max=20_000, help="Width in pixels.")]
ThemeOption = Annotated[str, typer.Option("--theme", metavar="light|dark", help="Colours.")]
WindowOption = Annotated[
    str | None,
    typer.Option("--window", metavar="A:B", help="Only from A to B after the first record (1.5ms:2ms), or nvtx:NAME."),
]


def command(
    traces: TracesArgument,
    output: RequiredOutput,
    width: WidthOption = 1200,
    theme: ThemeOption = "light",
    window: WindowOption = None,
    partial: PartialOption = False,
) -> None:
    """Draw the timelines of one or more traces, stacked on one time axis, into an SVG file."""
    read_choice("--theme", theme, THEMES)
    path = output_path(output)
    if path is None or path.suffix.lower() != ".svg":
        raise UsageError(f"{output!r} names no kind of picture", where="-o", remedy="End it in .svg.")
    from profiler.analysis.window import parse_window
    from profiler.cli.output import print_note, write_text
    from profiler.io import read_trace
    from profiler.report.svg import render_svg

    opened = [(Path(file).name, read_trace(file, partial=partial)) for file in traces]
    bounds = parse_window(window, opened[0][1]) if window is not None else None
    write_text(path, render_svg(opened, width=width, window=bounds, theme=theme))
    print_note(f"saved the timeline to {path}")
