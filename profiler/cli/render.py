"""``lanescope render``: a trace's timeline as a picture, without a display."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from profiler.cli.options import PartialOption, TracesArgument
from profiler.cli.values import output_path, read_choice
from profiler.errors import UsageError

THEMES = ("light", "dark")

RequiredOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="The picture: FILE.svg or FILE.png.")
]
WidthOption = Annotated[int, typer.Option("--width", metavar="PX", min=320, max=20_000, help="Width in pixels.")]
ThemeOption = Annotated[str, typer.Option("--theme", metavar="light|dark", help="Colours.")]
ScaleOption = Annotated[
    float,
    typer.Option("--scale", metavar="F", min=0.25, max=8, help="Pixels of the picture for each pixel of --width."),
]
WindowOption = Annotated[
    str | None,
    typer.Option("--window", metavar="A:B", help="Only from A to B after the first record (1.5ms:2ms), or nvtx:NAME."),
]


LanesOption = Annotated[
    str,
    typer.Option("--lanes", metavar="REGEX", help="Only lanes whose name has this (RE2), in any case: HtoD|compute."),
]
UnfoldOption = Annotated[bool, typer.Option("--unfold", help="Draw every group and lane open.")]


def command(
    traces: TracesArgument,
    output: RequiredOutput,
    width: WidthOption = 1200,
    scale: ScaleOption = 1.0,
    theme: ThemeOption = "light",
    window: WindowOption = None,
    lanes: LanesOption = "",
    unfold: UnfoldOption = False,
    partial: PartialOption = False,
) -> None:
    """Draw the timelines of one or more traces, stacked on one time axis, into an SVG or PNG file."""
    read_choice("--theme", theme, THEMES)
    path = output_path(output)
    if path is None or path.suffix.lower() not in (".svg", ".png"):
        raise UsageError(f"{output!r} names no kind of picture", where="-o", remedy="End it in .svg or .png.")
    from profiler.analysis.window import parse_window
    from profiler.cli.output import print_note, write_text
    from profiler.cli.reading import read_shown
    from profiler.report.svg import render_svg
    from profiler.report.svg_page import Shown

    opened = [(Path(file).name, read_shown(file, partial=partial)) for file in traces]
    bounds = parse_window(window, opened[0][1]) if window is not None else None
    svg = render_svg(opened, width=width, window=bounds, theme=theme, shown=Shown(lanes, unfold), scale=scale)
    if path.suffix.lower() == ".svg":
        write_text(path, svg)
    else:
        _write_png(path, svg)
    print_note(f"saved the timeline to {path}")


def _write_png(path: Path, svg: str) -> None:
    from profiler.cli.output import print_note
    from profiler.io.files import written
    from profiler.report.png import has_font, png_of

    picture = png_of(svg)
    with written(path) as file:
        file.write(picture)
    if not has_font():
        print_note(
            "this machine has no font, so the picture has no texts; on Debian: apt-get install fonts-dejavu-core"
        )
