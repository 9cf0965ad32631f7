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

_UNTIL_THEN = "This is what had run until then."
_CANCELLED = "The run was cancelled: this is what had run until then."


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
        The live one; it is in the workspace from a call of `start` until it is closed. Then another takes its place.
    """

    def __init__(self, scenario: ScenarioState, workspace: Workspace, service: Service) -> None:
        self.document = Document(kind=Kind.SCENARIO)
        self._scenario = scenario
        self._workspace = workspace
        self._service = service
        self._asked: tuple[ScenarioSpec, Factors] | None = None
        self._running: Ticket | None = None
        self._kept_early: list[Document] = []
        scenario.events.connect(self._changed)
        workspace.removed.connect(self._closed)

    def start(self) -> None:
        """Put the document into the workspace, simulate, and follow every change as long as it is there."""
        if self.document not in self._workspace:
            self._workspace.add(self.document, place=0)
        self.simulate()

    def simulate(self) -> None:
        """Simulate the scenario as it is, unless that is being done; on a real device nothing runs by itself."""
        try:
            spec, factors = self._scenario.spec(), _factors(self._scenario)
        except LanescopeError as error:
            self.document.fail(str(error))
            return
        if (spec, factors) == self._asked:
            return
        self._asked = (spec, factors)
        if self.follows_sliders:
            if self._running is not None:
                # What it goes on to show is of other knobs.
                self._running.cancel()
            knobs, document = self._scenario.to_json(), self.document
            self._service.submit(
                Simulate(spec=_simulated(spec), factors=factors),
                channel=_CHANNEL,
                done=lambda result: self._show(document, result, knobs),
                failed=lambda failure: self._failed(document, failure),
            )
        else:
            self._await_run()

    @property
    def follows_sliders(self) -> bool:
        """Whether the scenario's device is simulated."""
        return not self._scenario.device.startswith("cuda")

    def run(self) -> Ticket:
        """Run the scenario on its device, with its repeats; what has run is shown on the way."""
        job = Run(spec=self._scenario.spec(), factors=_factors(self._scenario))
        knobs, document = self._scenario.to_json(), self.document
        self._asked = None
        if document.timeline is None:
            document.message, document.status = "", Status.LOADING
        ticket = self._service.submit(
            job,
            channel="run",
            title=f"Running {job.what()}",
            done=lambda result: self._ran(document, result, knobs),
            partial=lambda result: self._show(document, result, knobs),
            failed=lambda failure: self._broke(document, failure),
            progress=lambda share, _: _advance(document, share),
        )
        ticket.over.append(lambda over: self._dropped(document, over))
        self._running = ticket
        return ticket

    def pinned(self) -> Document | None:
        """The pinned document that shows what the live one shows; None where that would be kept anew by pinning."""
        live = self.document
        for document in self._workspace:
            if document.letter and document.kind is Kind.SCENARIO and document.timeline is not None:
                alike = self.follows_sliders and live.scenario is not None and document.scenario == live.scenario
                if document.timeline is live.timeline or alike:
                    return document
        return None

    def pin(self) -> Document:
        """Keep what is shown as a document of its own, with the next letter, below the live one.

        Of a run that goes on it is kept whole: it is added to what was kept once the run is over.
        """
        live = self.document
        pinned = Document(kind=live.kind, letter=self._workspace.next_letter(), device=live.device)
        self._copy(live, pinned)
        if live.status is Status.PARTIAL and self._running is not None and self._running.is_open:
            self._kept_early.append(pinned)
        return self._workspace.add(pinned, activate=False)

    def _copy(self, source: Document, target: Document) -> None:
        """Let a document show what another shows."""
        for name in ("title", "exposed_row_causes", "figures", "message", "scenario", "rows_from"):
            setattr(target, name, getattr(source, name))
        if source.trace is not None and source.timeline is not None:
            target.show(source.trace, source.timeline, status=source.status)
        if self._service.knows(source):
            self._service.copy_files(source, target)

    def rank(self, done: Callable[[Ranking], None], failed: Callable[[Failure], None] | None = None) -> Ticket:
        """All strategies for this scenario, compared; ``done`` is also called with what is known on the way."""
        job = Rank(spec=_simulated(self._scenario.spec()), factors=_factors(self._scenario))
        return self._service.submit(job, channel="rank", done=done, partial=done, failed=failed)

    def _changed(self, _: object) -> None:
        if self.document in self._workspace:
            self.simulate()

    def restore(self, knobs: dict[str, Any], letter: str) -> Document:
        """A state that was pinned in an earlier session, simulated again."""
        state = ScenarioState(**knobs)
        document = Document(kind=Kind.SCENARIO, letter=letter, title=f"{state.workload}, batch {state.batch}")
        self._workspace.add(document, activate=False)
        self._service.submit(
            Simulate(spec=_simulated(state.spec()), factors=_factors(state)),
            channel=f"restore-{document.id}",
            done=lambda result: self._show(document, result, state.to_json()),
            failed=lambda failure: document.fail(str(failure)),
        )
        return document

    def _show(self, document: Document, result: Pictured, knobs: dict[str, Any]) -> None:
        if document not in self._workspace:
            self._service.discard(result)
            return
        document.scenario = knobs
        document.title = scenario_title(result.figures) if result.figures is not None else document.title
        try:
            fill(document, result)
        except LanescopeError as error:
            # A picture on the way may have been replaced before it was opened; the next one comes.
            if result.whole:
                document.fail(str(error))
            return
        self._service.bind(document, result)

    def _failed(self, document: Document, failure: Failure) -> None:
        self._asked = None
        document.fail(str(failure))

    def _ran(self, document: Document, result: Pictured, knobs: dict[str, Any]) -> None:
        """A run came to its end: what was pinned of it on the way is whole now."""
        self._show(document, result, knobs)
        for pinned in self._early():
            self._copy(document, pinned)

    def _broke(self, document: Document, failure: Failure) -> None:
        self._failed(document, failure)
        for pinned in self._early():
            pinned.fail(f"{failure} {_UNTIL_THEN}")

    def _dropped(self, document: Document, ticket: Ticket) -> None:
        document.progress = None
        if ticket.state is not State.DROPPED:
            return
        if document is self.document and not self.follows_sliders:
            self._await_run()
        if document.status is Status.PARTIAL:
            document.fail(_CANCELLED)
        for pinned in self._early():
            pinned.fail(_CANCELLED)

    def _await_run(self) -> None:
        """On a real device nothing runs by itself: where nothing has, that is said."""
        if self.document.timeline is None:
            self.document.title = f"{self._scenario.workload}, batch {self._scenario.batch}"
            self.document.message = f"Nothing has run on {self._scenario.device} yet: press Run (Ctrl+R)."
            self.document.status = Status.READY

    def _early(self) -> list[Document]:
        """Documents that were pinned while the run went on and are still open; asked for once."""
        early, self._kept_early = self._kept_early, []
        return [pinned for pinned in early if pinned in self._workspace]

    def _closed(self, document: Document) -> None:
        """The live document is closed: what goes on for it ends, and the next start has a new one."""
        if document is not self.document:
            return
        if self._running is not None:
            self._running.cancel()
        self._running = self._asked = None
        self.document = Document(kind=Kind.SCENARIO)


def _advance(document: Document, share: float | None) -> None:
    document.progress = share


def _factors(state: ScenarioState) -> Factors:
    found = state.what_if()
    return Factors(found.bandwidth, found.compute, found.launch)


def _simulated(spec: ScenarioSpec) -> ScenarioSpec:
    """The spec, ``auto`` taken as the GPU that is simulated where there is none: a slider never starts a real one."""
    if spec.device != "auto":
        return spec
    from profiler.devices.registry import DEFAULT_GPU

    return replace(spec, device=f"sim:{DEFAULT_GPU}")
