"""What workers can be asked for, and what they answer. Columns never stand in these: results name files to be mapped.

A job says by class variables which kind of worker does it, with which function, and what comes back. Paths of traces
and timelines are those of `profiler.io.shared_arrow` and `profiler.timeline.stored` files in folders of the window.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

import msgspec

from profiler.devices.sim.what_if import Factors
from profiler.experiment.spec import ScenarioSpec

#: Bytes that the results of opening a file take for each byte of it, at most about.
_SHARED_PER_FILE_BYTE = 20


class Job(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something to be done.

    Attributes
    ----------
    role : str
        Which workers do it: a key of `gui.workers.pool.ROLES`.
    task : str
        ``module:function`` in `gui.workers.tasks`.
    result : type
        What comes back.
    quick : bool
        Done in a moment: when a newer one comes it is finished and shown all the same.
    files : bool
        Whether the result names files, which stay until they are forgotten.
    writes : bool
        Writes to a place of the user's: gets the time to take back what it has begun when it is wanted no more.
    """

    role: ClassVar[str] = "side"
    task: ClassVar[str] = ""
    result: ClassVar[Any] = None
    quick: ClassVar[bool] = False
    files: ClassVar[bool] = False
    writes: ClassVar[bool] = False

    def size(self) -> int:
        """About how many bytes its results take."""
        return 0

    def what(self) -> str | None:
        """What it was about, for an error message; None where there is nothing to name."""
        return None


class Pictured(msgspec.Struct, frozen=True):
    """Something that can be drawn.

    Attributes
    ----------
    trace, timeline : str
        Files to map.
    pieces : str
        File to map with what of the copies is exposed and what is hidden; empty while not yet known.
    exposures : str
        File to map with an `Exposure` for each device; empty while not yet known.
    index : str
        File to map with what figures of any stretch are looked up in; empty while not yet known.
    figures : dict or None
        Of a scenario the keys of ``run --json``, of a file those of ``analyze --json``; None while not yet known.
    devices : list of dict
        Of both: the ``devices`` of ``analyze --json``.
    notes : list of str
        What a reader must know, for example that numbers of the GPU are assumed.
    whole : bool
        Whether it is all there is: false while more is being read or run.
    """

    trace: str
    timeline: str
    pieces: str = ""
    exposures: str = ""
    index: str = ""
    figures: dict[str, Any] | None = None
    devices: list[dict[str, Any]] = []
    notes: list[str] = []
    whole: bool = True

    @property
    def folder(self) -> Path:
        """Where all its files lie, and nothing else does."""
        return Path(self.trace).parent


class Simulate(Job, frozen=True):
    """Run a scenario on a simulated GPU, at once."""

    role = "simulate"
    task = "simulating:simulate"
    files = True
    result = Pictured
    quick = True

    spec: ScenarioSpec
    factors: Factors = Factors()


class Run(Job, frozen=True):
    """Run a scenario on a real or simulated device, repeat by repeat; what has run is handed over on the way."""

    role = "device"
    task = "running:run"
    files = True
    result = Pictured

    spec: ScenarioSpec
    factors: Factors = Factors()

    def what(self) -> str:
        """The scenario in words."""
        return f"{self.spec.workload} on {self.spec.device}"


class Open(Job, frozen=True):
    """Read a trace file of any format; the picture comes before the figures.

    Attributes
    ----------
    path : str
    cut_off : bool
        Take what is whole of a file that was cut off.
    """

    role = "open"
    task = "opening:open_file"
    files = True
    result = Pictured

    path: str
    cut_off: bool = True

    def size(self) -> int:
        """A multiple of the file's."""
        try:
            return os.path.getsize(self.path) * _SHARED_PER_FILE_BYTE
        except OSError:
            return 0

    def what(self) -> str:
        """The path."""
        return self.path


class Figures(Job, frozen=True):
    """Figures and causes of a stretch ``[start_ns, end_ns)`` in the trace's own clock."""

    role = "figures"
    task = "ranges:figures"
    quick = True

    trace: str
    start_ns: int
    end_ns: int
    index: str = ""


class RangeFigures(msgspec.Struct, frozen=True):
    """Of each device the keys of ``analyze --json``, as for ``--window``, without groups.

    ``known`` is false, and ``devices`` is empty, while a long file has been drawn and not yet measured: ask again once
    the document has figures.
    """

    start_ns: int
    end_ns: int
    devices: list[dict[str, Any]]
    known: bool = True


Figures.result = RangeFigures


class Stretch(Job, frozen=True):
    """The stretch that a text means, as ``--window`` takes it: two times, or ``nvtx:NAME``."""

    role = "figures"
    task = "ranges:stretch"

    trace: str
    text: str


class Bounds(msgspec.Struct, frozen=True):
    """Start and end in the trace's own clock."""

    start_ns: int
    end_ns: int


Stretch.result = Bounds


class Search(Job, frozen=True):
    """Slices by a piece of their name in any case, or by a regular expression; starts count from ``origin_ns``."""

    task = "searching:search"
    files = True

    trace: str
    text: str
    regex: bool = False
    origin_ns: int = 0


class Found(msgspec.Struct, frozen=True):
    """Rows in order of time, in a file to map: a dict of ``rows`` and ``starts_ns``."""

    file: str
    count: int
    names: int


Search.result = Found


class Area(Job, frozen=True):
    """Slices of some lanes that touch a stretch, put together by name; they are clipped to it.

    Attributes
    ----------
    lanes : tuple of int or None
        Numbers of `Timeline.lanes`; all where None.
    """

    task = "tables:area"

    trace: str
    timeline: str
    lanes: tuple[int, ...] | None
    start_ns: int
    end_ns: int


class AreaRow(msgspec.Struct, frozen=True):
    """All slices of one name and category."""

    name: str
    category: str
    count: int
    sum_ns: int
    union_ns: int
    min_ns: int
    median_ns: int
    max_ns: int
    size_bytes: int
    first_row: int


class AreaTable(msgspec.Struct, frozen=True):
    """By name, longest sum first; slices that touch the stretch, and how many lanes they are in."""

    rows: list[AreaRow]
    slices: int
    busy_ns: int


Area.result = AreaTable


class Histogram(Job, frozen=True):
    """How long the slices of a name take.

    Attributes
    ----------
    name : int
        Number in the trace's names.
    category : int
        `profiler.trace.schema.Category`; -1 for all.
    """

    task = "tables:histogram"

    trace: str
    name: int
    category: int = -1
    bins: int = 60


class Lengths(msgspec.Struct, frozen=True):
    """Counts between edges that grow by one factor; the last edge belongs to the last bin."""

    edges_ns: list[int]
    counts: list[int]
    count: int
    sum_ns: int
    min_ns: int | None
    median_ns: int | None
    p95_ns: int | None
    max_ns: int | None


Histogram.result = Lengths


class Instance(Job, frozen=True):
    """The next slice of the same name and category in time, or the one before."""

    task = "tables:instance"
    role = "figures"

    trace: str
    row: int
    forward: bool = True


class Neighbour(msgspec.Struct, frozen=True):
    """A row, or None at the end; its place among all of the name, counted from 0, and how many there are."""

    row: int | None
    place: int
    count: int


Instance.result = Neighbour


class Sort(Job, frozen=True):
    """Rows of the trace that pass a filter, in an order.

    Attributes
    ----------
    column : str
        Any of `profiler.trace.schema.COLUMNS`, ``end``, or ``row``. Names, tracks and categories sort as words.
    text, regex : str, bool
        Of the name, as in `Search`; empty: all.
    categories : tuple of int or None
    lanes : tuple of int or None
        As in `Area`.
    start_ns, end_ns : int or None
        Slices that touch this stretch.
    """

    task = "tables:sort"
    files = True

    trace: str
    timeline: str
    column: str = "ts"
    descending: bool = False
    text: str = ""
    regex: bool = False
    categories: tuple[int, ...] | None = None
    lanes: tuple[int, ...] | None = None
    start_ns: int | None = None
    end_ns: int | None = None


class Sorted(msgspec.Struct, frozen=True):
    """A file to map: a dict of ``rows`` (int32 or int64)."""

    file: str
    count: int


Sort.result = Sorted


class Details(Job, frozen=True):
    """Everything about one slice."""

    role = "figures"
    task = "details:details"
    quick = True

    trace: str
    timeline: str
    exposures: str
    row: int


class Partner(msgspec.Struct, frozen=True):
    """Another slice an arrow joins it with; ``kind`` as in `EdgeKind`, ``into``: it points to the slice asked for."""

    row: int
    kind: str
    into: bool


class About(msgspec.Struct, frozen=True):
    """A slice.

    Attributes
    ----------
    columns : list of (str, str)
        All that is known of it, in words.
    arguments : dict or str
        What its source says besides: JSON if it is such.
    launch : int or None
        Row of the host call that started it.
    launched : list of int
        Rows of what it started, if it is a host call; at most some.
    partners : list of Partner
        What it waited for, what waited for it; at most some.
    partners_left_out : int
    before, after : dict of str to int
        Neighbours on its lanes: ``engine``, ``stream`` or ``host`` to a row.
    parents, children : list of int
        Slices it is nested in, outermost first, and those directly in it (at most some), on a host lane.
    hidden_ns, exposed_ns : int or None
        Of a copy between host and device.
    causes : dict of str to int
        Of its exposed time.
    """

    row: int
    columns: list[tuple[str, str]]
    arguments: Any
    launch: int | None
    launched: list[int]
    partners: list[Partner]
    partners_left_out: int
    before: dict[str, int]
    after: dict[str, int]
    parents: list[int]
    children: list[int]
    hidden_ns: int | None
    exposed_ns: int | None
    causes: dict[str, int]


Details.result = About


class Query(Job, frozen=True):
    """One SELECT statement over a trace, with the guards of ``lanescope query``."""

    task = "queries:query"

    trace: str
    sql: str
    most_rows: int = 10_000
    timeout_s: float = 60.0


class Answer(msgspec.Struct, frozen=True):
    """Rows as texts and numbers.

    Attributes
    ----------
    row_column : int or None
        The column that holds rows of the trace (``id``), so that a row of the answer can be jumped to.
    more : bool
        Whether there were more rows than were taken.
    """

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    row_column: int | None
    more: bool


Query.result = Answer


class Match(Job, frozen=True):
    """Operations of two traces matched, as ``lanescope diff`` does."""

    task = "matching:match"
    files = True

    trace_a: str
    trace_b: str


class Matched(msgspec.Struct, frozen=True):
    """The keys of ``diff --json``; ``file`` to map: a dict of ``a_rows`` and ``b_rows``, counterparts side by side.

    Attributes
    ----------
    examples : list of (int or None, int or None)
        For each of the figures' ``rows`` a row in each trace: the counterparts that differ most, else the first of
        the operations that only one trace has.
    """

    figures: dict[str, Any]
    file: str
    examples: list[tuple[int | None, int | None]]


Match.result = Matched


class Export(Job, frozen=True):
    """Write a trace, or a stretch of it, in the format that the ending of ``path`` names."""

    task = "exporting:export"
    writes = True

    trace: str
    path: str
    start_ns: int | None = None
    end_ns: int | None = None

    def what(self) -> str:
        """The path."""
        return self.path


class ExportRows(Job, frozen=True):
    """Write rows of a trace as a CSV table.

    Attributes
    ----------
    rows : str
        File of `Sorted` or `Found`; empty: ``chosen``.
    """

    task = "exporting:export_rows"
    writes = True

    trace: str
    path: str
    rows: str = ""
    chosen: tuple[int, ...] = ()

    def what(self) -> str:
        """The path."""
        return self.path


class Written(msgspec.Struct, frozen=True):
    """What was written, and how many slices are in it."""

    path: str
    slices: int


Export.result = Written
ExportRows.result = Written


class Rank(Job, frozen=True):
    """All strategies for a scenario, on a simulated GPU: the keys of ``compare --json``."""

    role = "side"
    task = "ranking:rank"

    spec: ScenarioSpec
    factors: Factors = Factors()


class Ranking(msgspec.Struct, frozen=True):
    """``comparison`` has the keys of ``compare --json``; ``refused`` says in words what cannot be done."""

    comparison: dict[str, Any]
    refused: list[str]
    whole: bool


Rank.result = Ranking


class Find(Job, frozen=True):
    """The GPUs of this machine; a driver may take seconds to answer."""

    role = "device"
    task = "finding:find"


class Gpu(msgspec.Struct, frozen=True):
    """A GPU by what opens it, and in words."""

    spec: str
    title: str


class Gpus(msgspec.Struct, frozen=True):
    """All that the driver shows; none where there is no driver."""

    found: list[Gpu]


Find.result = Gpus


AnyJob = (
    Simulate
    | Run
    | Open
    | Figures
    | Stretch
    | Search
    | Area
    | Histogram
    | Instance
    | Sort
    | Details
    | Query
    | Match
    | Export
    | ExportRows
    | Rank
    | Find
)
