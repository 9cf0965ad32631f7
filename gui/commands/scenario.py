"""Simulating, running, pinning."""

from __future__ import annotations

from gui.commands.group import Group
from gui.state.jobs import Level


class ScenarioCommands(Group):
    """Commands of the scenario menu."""

    def simulate(self) -> None:
        """Show the scenario of the left panel."""
        self._session.settings.first_run = False
        self._window.docks.reveal("scenario")
        self._parts.live.start()
        self._session.workspace.activate(self._parts.live.document)

    def start_at(self, batch: int) -> None:
        """Leave the first page for the scenario, at the batch it stands at."""
        self._session.scenario.update(workload="resnet50", precision="int8", strategy="depth-first", batch=batch)
        self.simulate()

    def run(self) -> None:
        """Run the scenario on its device."""
        self._session.settings.first_run = False
        self._parts.live.start()
        self._guarded(self._parts.live.run)

    def pin(self) -> None:
        """Keep the live timeline under the next letter."""
        live = self._parts.live
        if live.document.timeline is None:
            self._session.jobs.say("There is nothing to pin yet.", Level.WARNING)
            return
        known = live.pinned()
        if known is not None:
            self._session.jobs.say(f"This state is pinned already, as {known.letter}.")
            return
        live.pin()

    def set_batch(self, batch: int) -> None:
        """Move the batch slider."""
        self._session.scenario.batch = batch
