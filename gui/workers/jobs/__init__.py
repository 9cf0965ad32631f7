"""What workers can be asked for, and what they answer. Columns never stand in these: results name files to be mapped.

A job says by class variables which kind of worker does it, with which function, and what comes back. Paths of traces
and timelines are those of `profiler.io.shared_arrow` and `profiler.timeline.stored` files in folders of the window.
"""

from __future__ import annotations

from gui.workers.jobs.comparing import Match, Matched, Rank, Ranking
from gui.workers.jobs.job import Job
from gui.workers.jobs.machine import Find, Gpu, Gpus
from gui.workers.jobs.pictures import Open, Pictured, Run, Simulate
from gui.workers.jobs.queries import Answer, Query
from gui.workers.jobs.searches import Found, Instance, Neighbour, Search
from gui.workers.jobs.slices import About, Details, Partner
from gui.workers.jobs.stretches import Bounds, Figures, RangeFigures, Stretch
from gui.workers.jobs.tables import Area, AreaRow, AreaTable, Histogram, Lengths, Sort, Sorted
from gui.workers.jobs.writing import Export, ExportRows, Written

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

__all__ = [
    "About",
    "Answer",
    "AnyJob",
    "Area",
    "AreaRow",
    "AreaTable",
    "Bounds",
    "Details",
    "Export",
    "ExportRows",
    "Figures",
    "Find",
    "Found",
    "Gpu",
    "Gpus",
    "Histogram",
    "Instance",
    "Job",
    "Lengths",
    "Match",
    "Matched",
    "Neighbour",
    "Open",
    "Partner",
    "Pictured",
    "Query",
    "RangeFigures",
    "Rank",
    "Ranking",
    "Run",
    "Search",
    "Simulate",
    "Sort",
    "Sorted",
    "Stretch",
    "Written",
]
