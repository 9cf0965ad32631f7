"""``lanescope view``: the window, also driven and read from outside."""

from __future__ import annotations

import importlib
import re
from typing import Annotated, Any

import typer

from profiler.cli.values import output_path, read_choice
from profiler.errors import UsageError

#: The window is no part of the library: nothing of it is imported before the verb is called.
_WINDOW = "gui.app"

THEMES = ("system", "light", "dark")

_SIZE = re.compile(r"(\d{2,5})[x×](\d{2,5})")
_SMALLEST, _LARGEST = (640, 400), (16_384, 16_384)

TracesToOpen = Annotated[
    list[str] | None, typer.Argument(metavar="[TRACE...]", help="Trace files to open, below each other.")
]
CompareOption = Annotated[
    bool, typer.Option("--compare", help="Show the traces as A, B, C with their operations matched.")
]
WorkloadOption = Annotated[str | None, typer.Option("--workload", metavar="W", help="Simulate this workload.")]
BatchOption = Annotated[int | None, typer.Option("--batch", metavar="N", help="Samples of a request.")]
PrecisionOption = Annotated[str | None, typer.Option("--precision", metavar="P", help="fp32 or int8.")]
StrategyOption = Annotated[str | None, typer.Option("--strategy", metavar="S", help="The stream strategy.")]
DeviceOption = Annotated[str | None, typer.Option("--device", metavar="D", help="sim:NAME, sim:FILE.toml, cuda:0.")]
SizeOption = Annotated[str | None, typer.Option("--size", metavar="WxH", help="Size of the window, such as 1600x900.")]
ScaleOption = Annotated[float | None, typer.Option("--scale", metavar="F", help="Pixels for each pixel: 2 is sharper.")]
ThemeOption = Annotated[str | None, typer.Option("--theme", metavar="light|dark|system", help="Colours.")]
ScreenshotOption = Annotated[
    str | None, typer.Option("--screenshot", metavar="FILE.png", help="Write a picture of the window once it is drawn.")
]
StateOption = Annotated[
    str | None, typer.Option("--state", metavar="FILE.json", help="Write what the window shows once it is drawn.")
]


def command(
    traces: TracesToOpen = None,
    compare: CompareOption = False,
    workload: WorkloadOption = None,
    batch: BatchOption = None,
    precision: PrecisionOption = None,
    strategy: StrategyOption = None,
    device: DeviceOption = None,
    size: SizeOption = None,
    scale: ScaleOption = None,
    theme: ThemeOption = None,
    screenshot: ScreenshotOption = None,
    state: StateOption = None,
) -> None:
    """Open the window: on traces, on a simulated scenario, or on what it showed last.

    With --screenshot or --state it opens, waits until everything is drawn, writes the files and ends; that works with
    QT_QPA_PLATFORM=offscreen too.
    """
    knobs = {"workload": workload, "batch": batch, "precision": precision, "strategy": strategy, "device": device}
    scenario = {name: value for name, value in knobs.items() if value is not None}
    if theme is not None:
        read_choice("--theme", theme, THEMES)
    if scale is not None and not 0.5 <= scale <= 4:
        raise UsageError(f"a scale of {scale:g}", where="--scale", remedy="Give a factor from 0.5 to 4.")
    _check_scenario(scenario)
    _check_traces(traces or [], compare)
    window = importlib.import_module(_WINDOW)
    code = window.run(
        traces=tuple(traces or ()),
        compare=compare,
        scenario=scenario,
        size=_read_size(size),
        scale=scale,
        theme=theme,
        screenshot=_picture(screenshot),
        state=output_path(state, "--state"),
    )
    if code:
        raise typer.Exit(code)


def _read_size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    match = _SIZE.fullmatch(text.strip())
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(low <= side <= high for low, side, high in zip(_SMALLEST, size, _LARGEST, strict=True)):
        remedy = "Give width x height in pixels from 640x400 on, such as 1600x900."
        raise UsageError(f"{text!r} is no size of a window", where="--size", remedy=remedy)
    return size


def _picture(screenshot: str | None) -> Any:
    path = output_path(screenshot, "--screenshot")
    if path is not None and path.suffix.lower() != ".png":
        raise UsageError(f"{screenshot!r} names no PNG file", where="--screenshot", remedy="End it in .png.")
    return path


def _check_scenario(scenario: dict[str, Any]) -> None:
    """Refuse a scenario that no plan can be made of, before any window opens."""
    if not scenario:
        return
    from profiler.experiment.spec import ScenarioSpec
    from profiler.plan.registry import knobs
    from profiler.plan.settings import check_numbers
    from profiler.workload.registry import open_workload

    spec = ScenarioSpec(**{"workload": "resnet50", "batch": 128, **scenario})
    open_workload(spec.workload, precision=spec.precision)
    knobs(spec.strategy)
    check_numbers(spec.batch, spec.config)


def _check_traces(traces: list[str], compare: bool) -> None:
    from profiler.io.files import require_file

    for trace in traces:
        require_file(trace)
    if compare and len(traces) < 2:
        raise UsageError("one trace cannot be compared", where="--compare", remedy="Name two or more traces.")
