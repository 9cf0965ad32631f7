"""The options that verbs share, each defined once."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from profiler.cli.values import MOST, Reader, read_choice, read_list, read_percent, read_whole
from profiler.errors import UsageError
from profiler.plan.model import StreamConfig
from profiler.workload.model import INPUT_FORMATS, PRECISIONS

if TYPE_CHECKING:
    from profiler.experiment.spec import ScenarioSpec

#: ``--size`` counts elements, of which a vector has many.
LARGEST_SIZE = 2**32

MEMORIES = ("pinned", "pageable")
DETAILS = ("op", "phase")
TIMINGS = ("events", "gputimer", "cupti")
ALL = "all"

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
OutputOption = Annotated[str | None, typer.Option("--output", "-o", metavar="FILE", help="Write the result to FILE.")]
PartialOption = Annotated[
    bool, typer.Option("--partial", help="Take what is whole of a file that was cut off, instead of refusing it.")
]
TraceArgument = Annotated[str, typer.Argument(metavar="TRACE", help="A trace file of any format that is read.")]
TracesArgument = Annotated[
    list[str], typer.Argument(metavar="TRACE...", help="Trace files of any format that is read.")
]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What ``run``, ``compare`` and ``sweep`` were asked to run. The tuples are lists whose product is run.

    ``given`` are the options that were written, as they are written, whatever their values.
    """

    batches: tuple[int, ...] = (1,)
    precisions: tuple[str | None, ...] = (None,)
    strategies: tuple[str, ...] = ("serial",)
    memories: tuple[str, ...] = ("pinned",)
    devices: tuple[str, ...] = ("auto",)
    input_format: str | None = None
    size: int | None = None
    config: StreamConfig = field(default_factory=StreamConfig)
    repeats: int = 1
    warmup: int = 0
    seed: int = 0
    jitter_percent: float = 0.0
    detail: str | None = None
    timing: str | None = None
    all_repeats: bool = False
    gate: bool = False
    given: tuple[str, ...] = field(default=(), compare=False)

    def refuse_all_repeats(self) -> None:
        """Refuse to keep every repeat where no trace is written.

        Raises
        ------
        UsageError
            It was asked for.
        """
        if self.all_repeats:
            raise UsageError(
                "repeats are kept in a trace, and none is written",
                where="--all-repeats",
                remedy="Leave it out, or use lanescope run with -o FILE.",
            )

    def specs(self, workloads: Sequence[str]) -> list[ScenarioSpec]:
        """Every scenario asked for, for each of ``workloads`` in turn."""
        from profiler.experiment.spec import Product, ScenarioSpec

        template = ScenarioSpec(
            workload=workloads[0],
            batch=self.batches[0],
            input_format=self.input_format,
            size=self.size,
            config=self.config,
            repeats=self.repeats,
            warmup=self.warmup,
            seed=self.seed,
            jitter_percent=self.jitter_percent,
            detail=self.detail,
            timing=self.timing,
            gate=self.gate,
        )
        product = Product(workloads, self.precisions, self.batches, self.strategies, self.memories, self.devices)
        return product.specs(template)


@dataclass(frozen=True, slots=True)
class _Option:
    """One of the shared options: how it is written, and how its text becomes a value."""

    name: str
    metavar: str
    help: str
    read: Reader
    default: str  #: as the help says it; the value stands in `RunOptions`
    target: str = ""  #: field of `RunOptions` or `StreamConfig`, where it is not called as the option
    is_list: bool = False

    @property
    def flag(self) -> str:
        """As it is written on the command line."""
        return _written(self.name)

    @property
    def field(self) -> str:
        """Where its value goes."""
        return self.target or self.name

    def parameter(self, default: str | None, *, lists: bool) -> inspect.Parameter:
        """The parameter that typer makes the option from. Its text is read later."""
        several = " A comma list runs each." if lists and self.is_list else ""
        help_text = f"{self.help}{several} Default: {default}."
        option = typer.Option(self.flag, metavar=self.metavar, help=help_text, show_default=False)
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Parameter(self.name, kind, default=None, annotation=Annotated[str | None, option])

    def value(self, text: str, *, lists: bool) -> Any:
        """What ``text`` means: a tuple for a list option, which holds one value where lists are not taken."""
        if not self.is_list:
            return self.read(self.flag, text)
        values = read_list(self.flag, text, self.read)
        if len(values) > 1 and not lists:
            remedy = "Use lanescope compare for several."
            raise UsageError(f"{text!r} is a list, and one is run at a time", where=self.flag, remedy=remedy)
        return values


def with_run_options(*, lists: bool, **defaults: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator that gives a verb the options of a run; the verb gets them read, as ``options: RunOptions``.

    Parameters
    ----------
    lists : bool
        Whether the options whose product can be run take comma lists. Without, a list is wrong use.
    **defaults : str
        Text of an option that differs from the default of `RunOptions`, by name, such as ``strategy="all"``.
    """

    def decorate(verb: Callable[..., None]) -> Callable[..., None]:
        own = [p for p in inspect.signature(verb, eval_str=True).parameters.values() if p.name != "options"]
        shared = [option.parameter(defaults.get(option.name, option.default), lists=lists) for option in _OPTIONS]

        @wraps(verb)
        def command(**given: Any) -> None:
            texts = {option.name: given.pop(option.name) for option in _OPTIONS}
            flags = {flag.name: given.pop(flag.name) for flag in _FLAGS}
            written = _without_none(texts)
            options = _run_options({**defaults, **written}, lists=lists)
            names = [option.flag for option in _OPTIONS if option.name in written]
            names += [_written(name) for name, is_set in flags.items() if is_set]
            verb(**given, options=replace(options, **flags, given=tuple(names)))

        parameters = [*own, *shared, *_FLAGS]
        described: Any = command
        described.__signature__ = inspect.Signature(parameters)
        described.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def _run_options(texts: Mapping[str, str], *, lists: bool) -> RunOptions:
    values = {o.field: o.value(texts[o.name], lists=lists) for o in _OPTIONS if o.name in texts}
    if ALL in values.get("strategies", ()) and not lists:
        raise UsageError("one strategy is run at a time", where="--strategy", remedy="Use lanescope compare for all.")
    knobs = {name: values.pop(name) for name in _KNOBS if name in values}
    return RunOptions(config=StreamConfig(**knobs), **values)


def _read_strategy(option: str, text: str) -> str:
    from profiler.plan.registry import STRATEGIES

    return read_choice(option, text, (*STRATEGIES, ALL))


def _read_base(option: str, text: str) -> str:
    from profiler.plan.registry import graph_bases

    return read_choice(option, text, graph_bases(MOST))


def _read_name(option: str, text: str) -> str:
    if not text:
        raise UsageError("the name is empty", where=option, remedy="Name one, or leave the option out.")
    return text


def _written(name: str) -> str:
    return "--" + name.replace("_", "-")


def _choice(choices: Sequence[str]) -> Reader:
    return lambda option, text: read_choice(option, text, choices)


def _without_none(texts: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text is not None}


#: Options that are knobs of a strategy.
_KNOBS = frozenset(f.name for f in fields(StreamConfig)) - {"memory"}

_OWN = "the strategy's own"

_OPTIONS = (
    _Option("batch", "N", "Samples of one request.", read_whole, "1", "batches", is_list=True),
    _Option(
        "precision", "fp32|int8", "Precision.", _choice(PRECISIONS), "the workload's own", "precisions", is_list=True
    ),
    _Option("input", "fp32|uint8", "What an image is copied as.", _choice(INPUT_FORMATS), "fp32", "input_format"),
    _Option("strategy", "S", "How work is put on streams.", _read_strategy, "serial", "strategies", is_list=True),
    _Option("base", "S", "Strategy that a graph captures.", _read_base, "depth-first, serial at batch 1"),
    _Option("streams", "K", "Streams that carry chunks; requests in flight.", read_whole, _OWN),
    _Option("chunks", "C", "Parts that a batch is cut into.", read_whole, _OWN),
    _Option("buffers", "B", "Slots of the buffer ring.", read_whole, _OWN),
    _Option("memory", "pinned|pageable", "Host memory.", _choice(MEMORIES), "pinned", "memories", is_list=True),
    _Option("requests", "Q", "Batches to run.", read_whole, "1, or 8 in flight"),
    _Option("issue_threads", "T", "Host threads that issue calls.", read_whole, "1"),
    _Option(
        "size",
        "E",
        "Elements of an array, or side of a matrix.",
        partial(read_whole, high=LARGEST_SIZE),
        "the workload's own",
    ),
    _Option("device", "D", "auto, cuda:0, sim:NAME or sim:FILE.toml.", _read_name, "auto", "devices", is_list=True),
    _Option("repeats", "R", "Timed repeats.", read_whole, "1"),
    _Option("warmup", "W", "Untimed repeats before them.", partial(read_whole, low=0), "0"),
    _Option(
        "seed",
        "N",
        "Seed of a simulated device's jitter, and of the weights on a real one.",
        partial(read_whole, low=0, high=2**63 - 1),
        "0",
    ),
    _Option("jitter", "PCT", "Spread of a simulated device's times.", read_percent, "0", "jitter_percent"),
    _Option("detail", "op|phase", "What a real device stamps.", _choice(DETAILS), "op, phase at batch 1"),
    _Option("timing", "events|gputimer|cupti", "How a real device times kernels.", _choice(TIMINGS), "events"),
)


def _flag(name: str, help_text: str) -> inspect.Parameter:
    option = typer.Option(_written(name), help=help_text)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, option])


_FLAGS = (
    _flag("all_repeats", "Keep every repeat in the trace."),
    _flag("gate", "Let a real device begin only when everything is enqueued."),
)
