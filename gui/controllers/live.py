"""The scenario as a living timeline: every change of a knob is simulated, the newest wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gui.controllers.filling import fill
from gui.state.document import Document, Kind, Status
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.workers.jobs import Pictured, Rank, Ranking, Run, Simulate
from gui.workers.service import Service
from gui.workers.ticket import Failure, State, Ticket
from profiler.devices.sim.what_if import Factors
from profiler.errors import LanescopeError
from profiler.experiment.spec import ScenarioSpec
from profiler.report.tables import scenario_title

_CHANNEL = "simulate"


class Live:
    """Keeps one document up to date with the scenario.

    Parameters
    ----------
    scenario : ScenarioState
    workspace : Workspace
    service : Service

    Attributes
    ----------
    document : Document
        The live one; it is in the workspace from the first call of `start` on.
    """

    def __init__(self, scenario: ScenarioState, workspace: Workspace, service: Service) -> None:
        self.document = Document(kind=Kind.SCENARIO)
        self._scenario = scenario
        self._workspace = workspace
        self._service = service
        self._asked: tuple[ScenarioSpec, Factors] | None = None
        scenario.events.connect(self._changed)
        workspace.removed.connect(self._removed)

    def start(self) -> None:
        """Put the document into the workspace, simulate, and follow every change as long as it is there."""
        if self.document not in self._workspace:
            self._workspace.add(self.document, place=0)
        self.simulate()

    def simulate(self) -> None:
        """Simulate the scenario as it is, unless that is being done; on a real device nothing runs by itself."""
        try:
            spec, factors = self._scenario.spec(), self._factors()
        except LanescopeError as error:
            self.document.fail(str(error))
            return
        if (spec, factors) == self._asked:
            return
        self._asked = (spec, factors)
        if self.follows_sliders:
            knobs = self._scenario.to_json()
            self._service.submit(
                Simulate(spec=_simulated(spec), factors=factors),
                channel=_CHANNEL,
                done=lambda result: self._show(result, knobs),
                failed=self._failed,
            )

    @property
    def follows_sliders(self) -> bool:
        """Whether the scenario's device is simulated."""
        return not self._scenario.device.startswith("cuda")

    def run(self) -> Ticket:
        """Run the scenario on its device, with its repeats; what has run is shown on the way."""
        job = Run(spec=self._scenario.spec(), factors=self._factors())
        knobs = self._scenario.to_json()
        self._asked = None
        ticket = self._service.submit(
            job,
            channel="run",
            title=f"Running {job.what()}",
            done=lambda result: self._show(result, knobs),
            partial=lambda result: self._show(result, knobs),
            failed=self._failed,
            progress=self._progress,
        )
        ticket.over.append(self._over)
        return ticket

    def pin(self) -> Document:
        """Keep what is shown as a document of its own, with the next letter, below the live one."""
        live = self.document
        pinned = Document(
            kind=live.kind,
            title=live.title,
            letter=self._workspace.next_letter(),
            trace=live.trace,
            timeline=live.timeline,
            exposed_row_causes=live.exposed_row_causes,
            figures=live.figures,
            status=live.status,
            message=live.message,
            scenario=live.scenario,
        )
        if self._service.knows(live):
            self._service.copy_files(live, pinned)
        return self._workspace.add(pinned, activate=False)

    def rank(self, done: Callable[[Ranking], None], failed: Callable[[Failure], None] | None = None) -> Ticket:
        """All strategies for this scenario, compared; ``done`` is also called with what is known on the way."""
        job = Rank(spec=_simulated(self._scenario.spec()), factors=self._factors())
        return self._service.submit(job, channel="rank", done=done, partial=done, failed=failed)

    def _changed(self, _: object) -> None:
        if self.document in self._workspace:
            self.simulate()

    def _removed(self, document: Document) -> None:
        if document is self.document:
            # Its files are given back: the same scenario is simulated again when it is shown again.
            self._asked = None

    def _factors(self) -> Factors:
        found = self._scenario.what_if()
        return Factors(found.bandwidth, found.compute, found.launch)

    def _show(self, result: Pictured, knobs: dict[str, Any]) -> None:
        if self.document not in self._workspace:
            self._service.discard(result)
            return
        self.document.scenario = knobs
        self.document.title = scenario_title(result.figures) if result.figures is not None else self.document.title
        fill(self.document, result)
        self._service.bind(self.document, result)

    def _progress(self, share: float | None, _: str) -> None:
        self.document.progress = share

    def _over(self, ticket: Ticket) -> None:
        self.document.progress = None
        if ticket.state is State.DROPPED and self.document.status is Status.PARTIAL:
            self.document.fail("The run was cancelled: this is what had run until then.")

    def _failed(self, failure: Failure) -> None:
        self.document.fail(str(failure))


def _simulated(spec: ScenarioSpec) -> ScenarioSpec:
    """The spec, ``auto`` taken as the GPU that is simulated where there is none: a slider never starts a real one."""
    if spec.device != "auto":
        return spec
    from profiler.devices.registry import DEFAULT_GPU

    return replace(spec, device=f"sim:{DEFAULT_GPU}")
