"""All strategies for the scenario, best first; what they say; where the INT8 gain went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QTableView, QWidget

from gui.panels.controls import column, named, scrolled, table_view
from gui.panels.figure_rows import FigureRow
from gui.panels.figure_table import FigureTable
from gui.panels.fonts import fit_columns, follow_font
from gui.panels.service import Asking, Done, Ticket
from gui.panels.table_model import ROW, Column, TableModel
from gui.panels.text import Plain, shown
from gui.state.document import Kind
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.watching import Watch
from profiler.plan.registry import STRATEGIES
from profiler.units import format_ns, format_percent

Ranker = Callable[[Done, Done], Ticket]

#: Knobs that change the ranking. The strategy and its own knobs do not: each strategy is run with its defaults.
_KEYS = (
    *("workload", "precision", "input_format", "size", "batch", "memory", "device", "seed"),
    *("bandwidth", "compute", "launch"),
)


def _overlap(key: str, text: Callable[[Any], str], title: str, tip: str) -> Column:
    return Column(title, lambda one: text(one["overlap"][key]), lambda one: one["overlap"][key], tip=tip)


def _strategy(one: Any) -> str:
    return f"{one['strategy']} ({one['base']})" if one["base"] else str(one["strategy"])


def _ratio(one: Any) -> float | None:
    return one["ratio"]


COLUMNS = (
    Column("#", lambda one: "=" if one["tie"] else str(one["place"]), lambda one: one["place"], tip="= is a tie."),
    Column("strategy", _strategy, _strategy, number=False, tip="A click applies it, a double click pins it too."),
    Column(
        "vs serial",
        lambda one: "–" if one["ratio"] is None else f"×{one['ratio']:.2f}",
        _ratio,
        tip="Throughput against the strategy serial.",
    ),
    _overlap("hidden_fraction", format_percent, "hidden", "Share of copy time under kernels."),
    Column(
        "samples/s",
        lambda one: "–" if one["throughput_per_s"] is None else f"{one['throughput_per_s']:,.0f}",
        lambda one: one["throughput_per_s"],
        tip="Samples of the run over its makespan.",
    ),
    Column(
        "latency",
        lambda one: format_ns(one["network_latency_ns"]["median"]),
        lambda one: one["network_latency_ns"]["median"],
        tip="Median time of a request, waiting included.",
    ),
    _overlap("exposed_ns", format_ns, "exposed", "Copy time under no kernel."),
)
_LETTERS = (2, 17, 9, 7, 9, 10, 9)


def ranked_rows(comparison: Any) -> list[dict[str, Any]]:
    """Scenarios of ``compare --json`` in ranked order, each with its place, and its ratio to serial."""
    scenarios = comparison["scenarios"]
    order = [entry for group in comparison["ranking"] for entry in group["order"]]
    serial = next((one["throughput_per_s"] for one in scenarios if one["strategy"] == "serial"), None)
    rows = []
    for place, entry in enumerate(order, 1):
        one = scenarios[entry["scenario"]]
        rate = one["throughput_per_s"]
        rows.append({**one, "place": place, "tie": entry["tie"], "ratio": rate / serial if rate and serial else None})
    return rows


def lost_rows(lost: Any) -> list[FigureRow]:
    """Where the INT8 gain went at this batch."""
    if not lost:
        return []
    first = lost[0]
    gain, reference = (f"gain at batch {first[key]}" for key in ("batch", "reference_batch"))
    longer = "How much longer an INT8 request takes than the gain at the reference batch would let it."
    rows = [
        FigureRow("gain", gain, f"×{first['gain']:.2f}", "Time of FP32 over time of INT8."),
        FigureRow("reference_gain", reference, f"×{first['reference_gain']:.2f}", "The same at the reference batch."),
        FigureRow("lost_ns", "lost by that", format_ns(first["lost_ns"]), longer),
    ]
    for part, meaning in (("compute", "kernels"), ("transfer", "exposed copies"), ("launch", "calls and gaps")):
        text = format_ns(first[f"{part}_ns"])
        rows.append(FigureRow(f"lost_{part}", f"  in {meaning}", text, "The parts add up exactly."))
    return rows


class RankingPage(QWidget):
    """The ranked table, kept true while it is seen.

    Parameters
    ----------
    scenario : ScenarioState
        A click on a row sets its strategy.
    workspace : Workspace
        A double click pins once the live document shows that strategy.
    ranker : callable
        Gets ``done``, which may be called several times, and ``failed``; gives a ticket.
    """

    pin_asked = Signal()

    def __init__(
        self, scenario: ScenarioState, workspace: Workspace, ranker: Ranker, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._scenario, self._workspace = scenario, workspace
        self._ranker = ranker
        self._ranked: tuple[Any, ...] | None = None
        self._what = ""
        self._pin_when = ""
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.pin_asked)
        self._build()
        self._asking = Asking(self, self._ask, self._answered, self._failed)
        watch = Watch(self)
        for name in _KEYS:
            watch.on(scenario.events[name], self._changed)
        watch.on(scenario.events.strategy, self._mark)
        watch.on(workspace.redrawn, self._pin_if_shown)

    def _build(self) -> None:
        content = QWidget()
        lines = column(content)
        self._words = named(Plain(role="muted", wrap=True), "ranking-words")
        self._problem = named(Plain(role="problem", wrap=True), "ranking-problem")
        self._model = TableModel(COLUMNS, self)
        tip = "Strategies, the fastest first. A click or Enter applies one, a double click pins it too."
        self._table = table_view(QTableView(), "ranking-table", tip)
        self._table.setModel(self._model)
        fit_columns(self._table, _LETTERS)
        follow_font(self._table, self._fit_height)
        self._table.clicked.connect(self._apply)
        self._table.activated.connect(self._apply)
        self._table.doubleClicked.connect(self._apply_and_pin)
        self._verdict = named(Plain(wrap=True), "verdict")
        self._lost = FigureTable("lost-gain", "Where the INT8 gain went")
        self._refused = named(Plain(role="muted", wrap=True), "refused")
        for part in (self._words, self._problem, self._table, self._verdict, self._lost, self._refused):
            lines.addWidget(part)
        lines.addStretch(1)
        column(self, edge=0).addWidget(scrolled(content))
        self._show(None)

    def showEvent(self, event: QShowEvent) -> None:
        """Rank now if that was not done for this scenario."""
        super().showEvent(event)
        self._changed()

    def _fit_height(self) -> None:
        """Room for all strategies, so that the page scrolls and not the table in it."""
        line, header = self._table.verticalHeader().defaultSectionSize(), self._table.horizontalHeader()
        self._table.setFixedHeight((len(STRATEGIES) + 1) * line + header.sizeHint().height() + 22)

    def _key(self) -> tuple[Any, ...]:
        return tuple(getattr(self._scenario, name) for name in _KEYS)

    def _changed(self) -> None:
        if self.isVisible() and self._key() != self._ranked:
            self._asking.again()

    def _ask(self, done: Done, failed: Done) -> Ticket | None:
        self._ranked = self._key()
        scenario = self._scenario
        what = shown(f"{scenario.workload} {scenario.precision or ''}".strip(), 60)
        asked_for = f"{what}, batch {scenario.batch}: every strategy with its own knobs"

        def partly(ranking: Any) -> None:
            # What is shown says what it is of; the knobs may stand elsewhere by now.
            self._what = asked_for
            done(ranking) if ranking.whole else self._show(ranking)

        return self._ranker(partly, failed)

    def _answered(self, ranking: Any) -> None:
        self._show(ranking)

    def _failed(self, message: str) -> None:
        self._ranked = None
        self._show(None, message)

    def _show(self, ranking: Any, problem: str = "") -> None:
        comparison = ranking.comparison if ranking is not None else None
        self._problem.setText(shown(problem, 500))
        self._problem.setVisible(bool(problem))
        rows = ranked_rows(comparison) if comparison is not None else []
        self._model.show_rows(rows)
        self._table.setVisible(bool(rows))
        self._words.setText(self._sentence(ranking))
        self._words.setVisible(not problem)
        self._verdict.setText("\n\n".join(comparison["verdict"]) if comparison is not None else "")
        self._lost.show_rows(lost_rows(comparison["lost_gain"]) if comparison is not None else [])
        self._refused.setText("Not possible here: " + " ".join(ranking.refused) if ranking and ranking.refused else "")
        for part in (self._verdict, self._refused):
            part.setVisible(bool(part.text()))
        self._mark()

    def _sentence(self, ranking: Any) -> str:
        if ranking is None:
            return "Ranking all strategies…"
        return self._what if ranking.whole else f"{self._what} (still running)"

    def _mark(self) -> None:
        """Mark the strategy that the scenario has; one that was to be pinned and is left again is not."""
        if self._scenario.strategy != self._pin_when:
            self._pin_when = ""
        places = [place for place, one in enumerate(self._model.rows) if one["strategy"] == self._scenario.strategy]
        with QSignalBlocker(self._table):
            if places:
                self._table.selectRow(places[0])
            else:
                self._table.clearSelection()

    def _apply(self, index: QModelIndex) -> None:
        one = index.data(ROW)
        self._scenario.update(strategy=one["strategy"], base=one["base"] if one["strategy"] == "graph" else None)

    def _apply_and_pin(self, index: QModelIndex) -> None:
        self._pin_when = index.data(ROW)["strategy"]
        self._apply(index)
        self._pin_if_shown()

    def _pin_if_shown(self) -> None:
        """Pin in the next turn of the event loop: figures change a moment before the timeline that they are of."""
        live = next((one for one in self._workspace if one.kind is Kind.SCENARIO and not one.letter), None)
        shown_now = (live.figures or {}).get("strategy") if live is not None else None
        if self._pin_when and shown_now == self._pin_when == self._scenario.strategy:
            self._pin_when = ""
            self._soon.start()
