"""The left panel: what is simulated or run."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.panels.controls import StillWheel, button, column, named, row, scrolled
from gui.panels.dialogs import ask_open
from gui.panels.knobs import KnobGrid
from gui.panels.scenario_knobs import FILE, STRATEGY_TIPS, add_rows
from gui.panels.stepper import BATCHES, Stepper
from gui.panels.text import Plain, shown, tooltip
from gui.state.devices import DeviceChoice, DevicesState
from gui.state.document import Document, Kind, Status
from gui.state.offers import bases, choose_workload, is_simulated, why_not
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.watching import Watch
from profiler.plan.settings import MAX_BATCH
from profiler.workload.registry import workload_names

_TOML = "Workload files (*.toml);;All files (*)"
_GPU = "GPU files (*.toml);;All files (*)"


class ScenarioPanel(QWidget):
    """Knobs of a `ScenarioState`.

    Parameters
    ----------
    state : ScenarioState
    devices : DevicesState
    workspace : Workspace
        Its scenario document without a letter is the live one: its figures say what "auto" comes to, its message why
        a scenario is refused.

    Signals
    -------
    run_asked, pin_asked : no argument
    """

    run_asked = Signal()
    pin_asked = Signal()

    def __init__(
        self, state: ScenarioState, devices: DevicesState, workspace: Workspace, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        named(self, "scenario")
        self._state, self._devices, self._workspace = state, devices, workspace
        content = QWidget()
        self._grid = KnobGrid(self._chosen)
        self._fill(content)
        whole = column(self, edge=0, gap=0)
        whole.addWidget(scrolled(content), 1)
        whole.addWidget(self._footer())
        self._wheel = StillWheel(self)
        self._wheel.guard(content)
        self.setFocusProxy(self._batch)
        watch = Watch(self)
        for field in state.to_json():
            watch.on(state.events[field], self._refresh)
        for signal in (workspace.redrawn, workspace.added, workspace.removed):
            watch.on(signal, self._refresh)
        for field in ("real", "files"):
            watch.on(devices.events[field], self._refresh)
        self._refresh()

    @property
    def live(self) -> Document | None:
        """The document that follows the knobs."""
        found = (one for one in self._workspace if one.kind is Kind.SCENARIO and not one.letter)
        return next(found, None)

    def _fill(self, content: QWidget) -> None:
        lines = column(content)
        heading = Plain("Batch", role="heading")
        tip = "Samples of one request. One alone hides nothing; many can be pipelined."
        self._batch = Stepper("batch", tip, BATCHES, most=MAX_BATCH, automatic=False)
        self._batch.changed.connect(lambda value: self._state.update(batch=value))
        heading.setBuddy(self._batch)
        lines.addWidget(heading)
        lines.addWidget(self._batch)
        add_rows(self._grid)
        lines.addLayout(self._grid)
        lines.addStretch(1)

    def _footer(self) -> QWidget:
        footer = QWidget()
        lines = column(footer)
        self._message = named(Plain("", role="problem", wrap=True), "scenario-message")
        lines.addWidget(self._message)
        self._run = button("Run", "run", "Run the scenario on its device.", self.run_asked.emit)
        self._pin = button("Pin", "pin", "", self.pin_asked.emit)
        reset = button("Reset", "reset", "Put every knob back to where it is in a new window.", self._reset)
        lines.addLayout(row(self._run, self._pin, reset))
        return footer

    def _chosen(self, name: str, value: Any) -> None:
        if value == FILE:
            self._ask_file(name)
            self._refresh()
        elif name == "workload":
            choose_workload(self._state, value)
        else:
            self._state.update(**{name: value})

    def _ask_file(self, name: str) -> None:
        if name == "workload":
            ask_open(self, "Open a workload", _TOML, lambda path: choose_workload(self._state, path))
        else:
            ask_open(self, "Open a simulated GPU", _GPU, self._take_gpu)

    def _take_gpu(self, path: str) -> None:
        self._state.update(device=self._devices.add_file(path).spec)

    def _reset(self) -> None:
        self._state.update(**ScenarioState().to_json())

    def _refresh(self) -> None:
        state, grid = self._state, self._grid
        live = self.live
        resolved = live.figures if live is not None and live.figures is not None else {}
        self._batch.show_value(state.batch)
        for name, stepper in grid.steppers.items():
            stepper.show_value(getattr(state, name), resolved.get(name))
        for name, factor in grid.factors.items():
            factor.show_value(getattr(state, name))
        self._refresh_choices(resolved)
        for name in (*grid.steppers, *grid.factors, "precision", "input_format", "base", "memory"):
            if name not in ("repeats", "size"):
                grid.explain(name, why_not(state, name))
        grid.set_shown("size", not why_not(state, "size"))
        self._refresh_footer(live)

    def _refresh_choices(self, resolved: dict[str, Any]) -> None:
        state, grid = self._state, self._grid
        names = [(name, name) for name in workload_names()]
        grid.fill("workload", [*names, ("Open TOML…", FILE)])
        grid.show_choice("workload", state.workload, shown(state.workload.rsplit("/", 1)[-1]))
        grid.show_choice("precision", state.precision or resolved.get("precision") or "fp32")
        grid.show_choice("input_format", state.input_format or "fp32")
        own = resolved.get("base") if state.base is None else None
        grid.fill("base", [(f"auto · {own}" if own else "auto", None), *((name, name) for name in bases(state))])
        for name in ("base", "strategy", "memory"):
            grid.show_choice(name, getattr(state, name))
        grid.choices["strategy"].setToolTip(tooltip(STRATEGY_TIPS[state.strategy]))
        grid.fill("device", [*map(_device_item, self._devices.choices), ("Open GPU file…", FILE)])
        grid.show_choice("device", state.device)

    def _refresh_footer(self, live: Document | None) -> None:
        failed = live is not None and live.status is Status.FAILED
        self._message.setText(shown(live.message, 600) if live is not None and failed else "")
        self._message.setVisible(failed)
        letter = self._workspace.next_letter()
        self._pin.setText(f"Pin as {letter}")
        can_pin = live is not None and live.trace is not None and not failed
        self._pin.setEnabled(can_pin)
        self._pin.setToolTip(
            tooltip(f"Keep this timeline as {letter} and compare others with it." if can_pin else "Nothing to pin yet.")
        )
        moves = is_simulated(self._state.device) and self._state.repeats == 1
        self._run.setEnabled(not moves)
        self._run.setToolTip(
            tooltip(
                "A simulated scenario runs by itself whenever a knob moves."
                if moves
                else "Run the scenario on its device; the timeline grows as it goes."
            )
        )


def _device_item(choice: DeviceChoice) -> tuple[str, str]:
    return shown(choice.title, 60), choice.spec
